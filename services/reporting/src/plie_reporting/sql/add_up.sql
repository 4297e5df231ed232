-- What everything adds up to: of everyone by day and by month, and of each value of a filter by month.
-- Delays by day would be as many as they are in the detail.
with $things,
item as (
    select series, code, detail, case when series <> 'delay' then on_date end as day,
           cast(date_trunc('month', cast(on_date as timestamp)) as date) as month, n, amount,
           territory, coalesce(maison, 'unknown') as maison, prescriber_kind
    from thing
)
select case when grouping(territory) = 0 then 'territory'
            when grouping(maison) = 0 then 'maison'
            when grouping(prescriber_kind) = 0 then 'prescriber_kind'
            when grouping(day) = 0 then 'day'
            else 'everyone' end as dimension,
       coalesce(territory, maison, prescriber_kind, '') as key,
       series, coalesce(day, month) as since, code, detail,
       sum(n) as n, coalesce(sum(amount) filter (where amount is not null), 0) as amount
from item
group by series, code, detail, grouping sets (
    (month), (month, territory), (month, maison), (month, prescriber_kind), (day)
)
having sum(n) <> 0 and (grouping(day) = 1 or day is not null)
