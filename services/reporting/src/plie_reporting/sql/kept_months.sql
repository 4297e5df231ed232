select code, detail, $key as key, n, amount
from $rolled
where dimension = '$dimension'$of_key and series = '$series' and n <> 0
  and since between :kept_from and :kept_to
