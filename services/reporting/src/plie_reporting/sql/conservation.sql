-- Both sides of each balance are counted apart: received from the facts, admitted from the decisions that count.
select
    (select count(distinct orientation_id) from orientation_fact where type = 'OrientationReceived') as received,
    (select exists (select from touched)) as underway,
    count(*) filter (where status = 'pending') as pending,
    count(*) filter (where status = 'admitted') as admitted,
    count(*) filter (where status = 'deferred') as deferred,
    count(*) filter (where status = 'refused') as refused,
    count(*) filter (where status = 'withdrawn') as withdrawn,
    count(*) filter (where participant_id is not null and opened_on is null and ended_on is null) as awaiting_welcome,
    count(*) filter (where participant_id is not null and opened_on is not null and ended_on is null) as open,
    count(*) filter (where participant_id is not null and ended_on is not null) as ended
from journey
