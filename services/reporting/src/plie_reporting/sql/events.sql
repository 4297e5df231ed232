with $things,
$fact,
page as (
    select distinct thing.on_date, thing.family, thing.writer, thing.partition, thing.position
    from thing $barriers
    where thing.code = any(cast(:codes as text[]))$period$conditions
      and (cast(:after_date as date) is null
           or (thing.on_date, thing.writer, thing.partition, thing.position)
              < (:after_date, :after_writer, :after_partition, :after_position))
    order by on_date desc, writer desc, partition desc, position desc
    limit :limit
)
select page.on_date, fact.family, fact.type, fact.recorded_at, fact.subject_id,
       fact.writer, fact.partition, fact.position
from page join fact using (family, writer, partition, position)
order by on_date desc, writer desc, partition desc, position desc
