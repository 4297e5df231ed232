select thing.commune, thing.maison, count(*) as n
from $journey journey
cross join lateral (
    select journey.opened_on as on_date, journey.maison,
           journey.residence as commune, journey.residence_territory as territory
) thing
where journey.present_from <= :last and (journey.ended_on is null or journey.ended_on > :last)$conditions
group by 1, 2
