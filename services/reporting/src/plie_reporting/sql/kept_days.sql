select code, detail, $key as key, n, amount
from $rolled
where dimension = 'day' and key = '' and series = '$series' and n <> 0
  and (since between :first and :before or since between :after and :last)
  and (since <= :today or code not in ('retention.month_3', 'retention.month_6'))
  and code <> 'coverage.contacted'
