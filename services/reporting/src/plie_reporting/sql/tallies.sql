with $things
select thing.code, $key as key, count(*) as n, sum(thing.amount) as amount
from thing $people
where thing.days is null$conditions
group by 1, 2
