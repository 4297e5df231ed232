with $things,
told as ($told)
select code, detail, key, sum(n) as n, sum(amount) as amount
from told
group by 1, 2, 3
