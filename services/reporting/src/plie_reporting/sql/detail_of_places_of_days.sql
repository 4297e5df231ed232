select thing.code, thing.detail, thing.n
from thing
where thing.on_date between :told_from and :last$conditions
