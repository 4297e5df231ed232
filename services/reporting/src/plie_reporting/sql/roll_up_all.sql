insert into rolled (dimension, key, series, since, code, detail, n, amount)
select dimension, key, series, since, code, detail, n, amount
from ($added_up) added_up
