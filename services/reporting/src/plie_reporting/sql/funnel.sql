select count(*) as received,
       count(*) filter (where journey.decided_on is not null) as decided,
       count(*) filter (where journey.status = 'admitted') as admitted,
       count(*) filter (where journey.status = 'admitted' and journey.first_interview_on is not null) as interviewed,
       count(*) filter (where journey.status = 'admitted' and journey.contract_on is not null) as signed
from $journey journey
cross join lateral (
    select journey.received_on as on_date, journey.maison, journey.commune, journey.territory
) thing
where thing.on_date between :first and :last$conditions
