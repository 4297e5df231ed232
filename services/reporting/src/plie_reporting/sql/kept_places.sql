select code, detail, n
from $rolled
where dimension = '$dimension'$of_key and series = 'place' and n <> 0 and since < :told_from
