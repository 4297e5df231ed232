-- The active file of the last day, by commune and by Maison.
with $things,
told as ($told)
select code, detail, sum(n) as n
from told
group by 1, 2
having sum(n) <> 0
