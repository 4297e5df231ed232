with $things,
told as ($told)
select code, detail, key, sum(n) as n, coalesce(sum(amount) filter (where amount is not null), 0) as amount
from told
group by 1, 2, 3
