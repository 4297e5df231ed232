-- What everything adds up to: of everyone by day and by month, and of each value of a filter by month.
with $things,
item as (
    select series, code, detail, on_date, cast(date_trunc('month', cast(on_date as timestamp)) as date) as month, n, amount,
           territory, clas, coalesce(maison, 'unknown') as maison, prescriber_kind, sex
    from thing
)
select case when grouping(territory) = 0 then 'territory'
            when grouping(clas) = 0 then 'clas'
            when grouping(maison) = 0 then 'maison'
            when grouping(prescriber_kind) = 0 then 'prescriber_kind'
            when grouping(sex) = 0 then 'sex'
            when grouping(on_date) = 0 then 'day'
            else 'everyone' end as dimension,
       coalesce(territory, clas, maison, prescriber_kind, sex, '') as key,
       series, coalesce(on_date, month) as since, code, detail,
       sum(n) as n, coalesce(sum(amount), 0) as amount
from item
group by series, code, detail, grouping sets (
    (month), (month, territory), (month, clas), (month, maison), (month, prescriber_kind), (month, sex), (on_date)
)
having sum(n) <> 0 and (grouping(on_date) = 1 or series = 'activity')
