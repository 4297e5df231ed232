select journey.exit_kind as kind, journey.exit_reason as reason, count(*) as n
from $journey journey
cross join lateral (
    select journey.ended_on as on_date, journey.maison,
           journey.residence as commune, journey.residence_territory as territory
) thing
where thing.on_date between :first and :last$conditions
group by 1, 2
order by 3 desc, 2
