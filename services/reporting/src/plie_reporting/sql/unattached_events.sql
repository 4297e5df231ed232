with $fact,
page as (
    select * from $unattached
    where family = :family
      and (cast(:after_writer as text) is null
           or (writer, partition, position) > (:after_writer, :after_partition, :after_position))
    order by writer, partition, position
    limit :limit
)
select page.reason, fact.family, fact.type, fact.recorded_at, fact.subject_id,
       fact.writer, fact.partition, fact.position
from page join fact using (family, writer, partition, position)
order by writer, partition, position
