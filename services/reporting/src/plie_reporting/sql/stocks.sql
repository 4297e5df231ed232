-- What moved each stock, by month up to the last day; and apart, in the months of two days, only up to them.
with $things,
told as (
    $by_month
  union all
    $up_to_a_day
)
select code, key, since, is_whole, sum(n) as n
from told
group by 1, 2, 3, 4
