-- The delays that end on a day, by how many days they took.
select 'delay' as series, counted.code, cast(counted.days as text) as detail, counted.on_date, 1 as n, counted.amount,
       counted.maison, counted.commune, counted.territory, $whose
from $counted counted left join $journey journey using (orientation_id)
where counted.days is not null
