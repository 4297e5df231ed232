-- What was done on a day, by what it was.
select 'activity' as series, counted.code, '' as detail, counted.on_date, 1 as n, counted.amount,
       counted.maison, counted.commune, counted.territory, $whose
from $counted counted left join $journey journey using (orientation_id)
where counted.days is null
