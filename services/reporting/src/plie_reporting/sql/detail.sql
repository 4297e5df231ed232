select thing.code, thing.detail, $key as key, thing.n, thing.amount
from thing $barriers
where $in_period$conditions
