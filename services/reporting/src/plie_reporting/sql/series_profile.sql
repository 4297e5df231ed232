-- How far the orientations received on a day went; who entered on a day, by what is known of them; who left on a day, and why.
select 'profile' as series, 'funnel.' || told.step as code, '' as detail, journey.received_on as on_date,
       1 as n, cast(null as numeric) as amount, journey.maison, journey.commune, journey.territory, $whose
from $journey journey cross join lateral (
    values ('decided', journey.decided_on is not null),
           ('interviewed', journey.status = 'admitted' and journey.first_interview_on is not null),
           ('signed', journey.status = 'admitted' and journey.contract_on is not null)
) as told(step, is_reached)
where told.is_reached
union all
select 'profile', 'entered.' || told.dimension, told.key, journey.opened_on, 1, null,
       journey.maisons[1 + width_bucket(journey.opened_on, journey.moved_on)],
       journey.residence, journey.residence_territory, $whose
from $journey journey cross join lateral (
    values ('sex', journey.sex), ('age_band', journey.age_band), ('rsa', journey.rsa), ('qpv', journey.qpv),
           ('education', journey.education), ('long_term', case when journey.long_term then 'yes' else 'no' end)
  union all
    select 'barrier', unnest(journey.barriers)
) as told(dimension, key)
where journey.opened_on is not null
union all
select 'profile', 'left.' || journey.exit_kind, journey.exit_reason, journey.ended_on, 1, null,
       journey.maisons[1 + width_bucket(journey.ended_on, journey.moved_on)],
       journey.residence, journey.residence_territory, $whose
from $journey journey
where journey.ended_on is not null
