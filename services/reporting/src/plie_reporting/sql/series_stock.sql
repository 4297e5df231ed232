-- What moves a stock on a day: the active file, the entries, and the parcours open all a month, told on its first day.
-- A month stands with the Maison of its last day.
select 'stock' as series, 'parcours.active' as code, '' as detail, present.on_date, present.n, cast(null as numeric) as amount,
       present.maison, present.commune, present.territory, present.clas, present.prescriber_kind, present.sex,
       present.age_band, present.rsa, present.qpv, present.education, present.barriers
from present
union all
select 'stock', 'workload.entered', '', journey.opened_on, 1, null,
       journey.maisons[1 + width_bucket(journey.opened_on, journey.moved_on)],
       journey.residence, journey.residence_territory, $whose
from $journey journey
where journey.opened_on is not null
union all
select 'stock', 'coverage.open_month', '', journey.month_open, 1, null,
       journey.maisons[1 + width_bucket(cast(journey.month_open + interval '1 month' as date) - 1, journey.moved_on)],
       journey.residence, journey.residence_territory, $whose
from opened_by_month journey
where journey.month_left is null or journey.month_left > journey.month_open
union all
select 'stock', 'coverage.open_month', '', journey.month_left, -1, null,
       journey.maisons[1 + width_bucket(journey.month_left - 1, journey.moved_on)],
       journey.residence, journey.residence_territory, $whose
from opened_by_month journey
where journey.month_left > journey.month_open
union all
select 'stock', 'coverage.open_month', '', move.month, told.n, null, told.maison,
       journey.residence, journey.residence_territory, $whose
from opened_by_month journey
cross join lateral (
    select cast(date_trunc('month', cast(on_date as timestamp)) as date) as month, place
    from unnest(journey.moved_on) with ordinality as moved(on_date, place)
) as move
cross join lateral (values (-1, journey.maisons[move.place]), (1, journey.maisons[move.place + 1])) as told(n, maison)
where journey.moved_on <> '{}' and move.month > journey.month_open
  and (journey.month_left is null or journey.month_left > move.month)
