with $things,
-- Who was there: the active file on some days, parcours open all along a month, entries of the year up to those days.
presence as (
    select 'parcours.active' as code, day as on_date, orientation_id, maison, residence, residence_territory
    from (
        select distinct on (day, journey.person_id) day, journey.*
        from unnest(cast(:days as date[])) as day
        join $journey journey on journey.opened_on <= day and (journey.ended_on is null or journey.ended_on > day)
        order by day, journey.person_id, journey.opened_on desc
    ) journey
  union all
    select 'coverage.open_month', month, orientation_id, maison, residence, residence_territory
    from unnest(cast(:complete_months as date[])) as month
    join $journey journey on journey.opened_on <= month
     and (journey.ended_on is null or journey.ended_on >= month + interval '1 month')
  union all
    select 'workload.entered', day, orientation_id, maison, residence, residence_territory
    from unnest(cast(:days as date[])) as day
    join $journey journey on journey.opened_on > day - interval '1 year' and journey.opened_on <= day
),
thing_or_presence as (
    select code, on_date, amount, orientation_id, maison, commune, territory from thing
  union all
    select code, on_date, 1, orientation_id, maison, residence, residence_territory from presence
)
select thing.code, $key as key, count(*) as n, sum(thing.amount) as amount,
       percentile_cont(array[0.25, 0.5, 0.75]) within group (order by thing.amount)
           filter (where thing.code like 'delay.%') as quartiles
from thing_or_presence thing $people
where true$conditions
group by 1, 2
