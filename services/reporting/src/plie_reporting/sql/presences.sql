-- Who was there on each of some days (ascending), and in each of some months: a line for everyone who came, one for
-- everyone who left, each counting from the first day that `passed` leaves out; so people are read once, not once a day.
with asked as (
    select day, month, place
    from unnest(cast(:days as date[]), cast(:months_of_days as text[])) with ordinality as asked(day, month, place)
), complete as (
    select first, month, place
    from unnest(cast(:complete_months as date[]), cast(:names_of_months as text[]))
        with ordinality as complete(first, month, place)
), threshold as materialized (
    select array(select day + 1 from asked order by place) as days,
           array(select cast(day - interval '1 year' as date) + 1 from asked order by place) as years,
           array(select first + 1 from complete order by place) as firsts,
           array(select cast(first + interval '1 month' as date) from complete order by place) as ends
), person as materialized (
    select journey.present_from, journey.opened_on, journey.ended_on, $key as key
    from $journey journey
    cross join lateral (
        select journey.maison, journey.residence as commune, journey.residence_territory as territory
    ) thing $barriers
    where journey.opened_on <= :last$conditions
), moved as (
    select 'parcours.active' as code, width_bucket(present_from, days) as passed, key, count(*) as n
    from person cross join threshold
    where present_from is not null and (ended_on is null or ended_on > present_from) group by 2, 3
  union all
    select 'parcours.active', width_bucket(ended_on, days), key, -count(*)
    from person cross join threshold where ended_on > present_from group by 2, 3
  union all
    select 'workload.entered', width_bucket(opened_on, days), key, count(*)
    from person cross join threshold group by 2, 3
  union all
    select 'workload.entered', width_bucket(opened_on, years), key, -count(*)
    from person cross join threshold group by 2, 3
), moved_of_months as (
    select width_bucket(opened_on, firsts) as passed, key, count(*) as n
    from person cross join threshold group by 1, 2
  union all
    select greatest(width_bucket(opened_on, firsts), width_bucket(ended_on, ends)), key, -count(*)
    from person cross join threshold where ended_on is not null group by 1, 2
)
select code, $key_of_day as key, sum(n) as n, sum(n) as amount
from moved join asked on place > passed
group by 1, 2
union all
select 'coverage.open_month', $key_of_month, sum(n), sum(n)
from moved_of_months join complete on place > passed
group by 1, 2
