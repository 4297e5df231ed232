with $things
select thing.code, $key as key, thing.days, count(*) as n
from thing $people
where thing.days is not null$conditions
group by 1, 2, 3
