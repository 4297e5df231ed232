insert into pg_temp.change (dimension, key, series, since, code, detail, n, amount)
select dimension, key, series, since, code, detail, cast(:times as int) * n, cast(:times as int) * amount
from ($added_up) added_up
