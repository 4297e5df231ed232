select topic, partition, next, coalesce(parked.n, 0) as parked, coalesce(refused.n, 0) as refused
from (
    select topic, partition, next from inbox_offset
  union
    select topic, partition, 0 from unnest(cast(:topics as text[]), cast(:partitions as int[])) as known(topic, partition)
    where not exists (
        select from inbox_offset taken where taken.topic = known.topic and taken.partition = known.partition
    )
) stream
left join (
    select topic, partition, count(*) as n from held_record where state <> 'unknown' group by topic, partition
) parked using (topic, partition)
left join (
    select topic, partition, count(*) as n from refused_record where resolved_at is null group by topic, partition
) refused using (topic, partition)
order by topic, partition
