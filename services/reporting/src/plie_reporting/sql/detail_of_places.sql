select thing.code, thing.detail, thing.n
from thing
where thing.on_date <= :last$conditions
