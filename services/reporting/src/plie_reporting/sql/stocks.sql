-- What moved each stock, by month up to the last day; and apart, in the months of two days, only up to them.
with $things,
told as (
    $by_month
  union all
    select thing.code, $key, cast(date_trunc('month', cast(thing.on_date as timestamp)) as date), false, thing.n
    from thing $barriers
    where thing.code <> 'coverage.open_month'
      and (thing.on_date between :month_of_last and :last or thing.on_date between :month_of_year_before and :year_before)$conditions
)
select code, key, since, is_whole, sum(n) as n
from told
group by 1, 2, 3, 4
