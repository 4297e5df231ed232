select code, detail, n
from $rolled
where dimension = 'day' and key = '' and series = 'place' and n <> 0 and since between :told_from and :last
