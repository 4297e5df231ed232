-- From known facts to derived_journey, derived_counted and derived_unattached, on the set of facts alone.
place as materialized (
    select * from unnest(cast(:communes as text[]), cast(:territories as text[])) as place(commune, territory)
),

-- The first writer of an orientation owns it; its newest full state is what it says.
owned as (
    select distinct on (orientation_id) orientation_id, writer, partition, position
    from known_orientation where type = 'OrientationReceived'
    order by orientation_id, recorded_at, writer, partition, position
), stated as (
    select distinct on (orientation_id) *
    from known_orientation join owned using (orientation_id, writer)
    where type in ('OrientationReceived', 'OrientationCorrected')
    order by orientation_id, sequence desc, recorded_at desc
), withdrawn as (
    select distinct on (orientation_id) fact.*
    from known_orientation fact join owned using (orientation_id, writer)
    where fact.type = 'OrientationWithdrawn'
    order by orientation_id, fact.sequence desc
),

-- In charge: the CLAS that it is addressed to, then each one that a CLAS in charge transfers it to.
in_charge (orientation_id, clas) as (
    select orientation_id, addressed_to
    from known_orientation join owned using (orientation_id, writer) where addressed_to is not null
    union
    select fact.orientation_id, fact.moved_to
    from known_admission fact
    join in_charge on in_charge.orientation_id = fact.orientation_id and in_charge.clas = fact.writer
    where fact.type = 'OrientationTransferred' and fact.moved_from = fact.writer
), said_in_charge as materialized (
    select fact.* from known_admission fact
    join in_charge on in_charge.orientation_id = fact.orientation_id and in_charge.clas = fact.writer
), transferred as (
    select distinct on (orientation_id) orientation_id, moved_to
    from said_in_charge where type = 'OrientationTransferred'
    order by orientation_id, moved_on desc, recorded_at desc
), decided as (
    select distinct on (orientation_id) *
    from said_in_charge where type in ('AdmissionValidated', 'AdmissionDeferred', 'AdmissionRefused')
    order by orientation_id, decision_number desc, recorded_at desc
), admitted as (
    select distinct on (participant_id, parcours_no) orientation_id, participant_id, parcours_no, maison
    from decided where type = 'AdmissionValidated'
    order by participant_id, parcours_no, decided_on, orientation_id
), assigned as (
    select participant_id, maison from said_in_charge where type = 'AdmissionValidated'
    union select participant_id, moved_from from said_in_charge where type = 'MaisonReassigned'
    union select participant_id, moved_to from said_in_charge where type = 'MaisonReassigned'
), move as materialized (
    -- The last that was said of a day, but not a change that is only taken back.
    select * from (
        select distinct on (orientation_id, moved_on) *
        from said_in_charge where type = 'MaisonReassigned'
        order by orientation_id, moved_on, recorded_at desc, sequence desc
    ) said_last
    where (
        select count(*) filter (where said.moved_to = said_last.moved_to and said.moved_from = said_last.moved_from)
             > count(*) filter (where said.moved_to = said_last.moved_from and said.moved_from = said_last.moved_to)
        from said_in_charge said where said.type = 'MaisonReassigned'
        and said.orientation_id = said_last.orientation_id and said.moved_on = said_last.moved_on
    )
), reassigned as (
    select orientation_id, array_agg(moved_to order by moved_on) as maisons, array_agg(moved_on order by moved_on) as moved_on,
           (array_agg(moved_from order by moved_on))[1] as moved_from
    from move group by orientation_id
),

-- One person behind several participant ids, once the CLAS has recognised them.
merged as (
    select distinct on (participant_id) participant_id,
           case type when 'ParticipantMerged' then merged_into end as merged_into
    from said_in_charge where type in ('ParticipantMerged', 'ParticipantUnmerged')
    order by participant_id, recorded_at desc, sequence desc
), known_as (participant_id, person_id, step) as (
    select distinct participant_id, participant_id, 0 from admitted
    union all
    select known_as.participant_id, merged.merged_into, step + 1
    from known_as join merged on merged.participant_id = known_as.person_id
    where merged.merged_into is not null and step < 8
), person as (
    select distinct on (participant_id) participant_id, person_id from known_as order by participant_id, step desc
),

-- What the Maisons say of a parcours: each only of those who are or were assigned to it.
-- Of two Maisons that tell of one thing, the one that spoke last; of one Maison, its highest sequence.
said_of_assigned as materialized (
    select fact.* from known_parcours fact join assigned
    on assigned.participant_id = fact.participant_id and assigned.maison = fact.writer
), placed as materialized (
    select fact.*, admitted.orientation_id,
           max(fact.recorded_at) over (
               partition by coalesce(contact_id, job_id, step_id, action_id, fact.participant_id), fact.writer
           ) as spoke_at
    from said_of_assigned fact join admitted using (participant_id, parcours_no)
), opened as (
    select distinct on (orientation_id) *
    from placed where type = 'ParcoursOpened'
    order by orientation_id, opened_on, recorded_at, writer, partition, position
), ended as (
    -- Not by whom a rectified admission no longer names: another Maison goes on.
    select distinct on (placed.orientation_id) placed.*
    from placed join admitted on admitted.orientation_id = placed.orientation_id
    left join reassigned on reassigned.orientation_id = placed.orientation_id
    where type = 'ParcoursEnded'
    and writer = any(array[admitted.maison, reassigned.moved_from] || coalesce(reassigned.maisons, '{}'))
    order by placed.orientation_id, spoke_at desc, sequence desc
), resident as (
    select distinct on (orientation_id) orientation_id, commune_insee
    from placed where type = 'ResidenceChanged'
    order by orientation_id, changed_on desc, spoke_at desc, sequence desc
), signed as (
    select distinct on (orientation_id) *
    from placed where type = 'ContractSigned'
    order by orientation_id, signed_on, recorded_at, writer, partition, position
), contact as materialized (
    select * from (
        select distinct on (contact_id) *
        from placed where type in ('ContactLogged', 'ContactCorrected', 'ContactCancelled')
        order by contact_id, spoke_at desc, sequence desc
    ) newest where type <> 'ContactCancelled' and outcome = 'honore'
), interviewed as (
    select distinct on (orientation_id) *
    from contact where first_interview
    order by orientation_id, occurred_on, recorded_at, writer, partition, position
), attendance as (
    select * from (
        select distinct on (participant_id, action_id, held_on) *
        from placed where type = 'ActionAttended'
        order by participant_id, action_id, held_on, spoke_at desc, sequence desc
    ) newest where present
), step as (
    select distinct on (step_id) * from placed where type = 'StepStarted' order by step_id, spoke_at desc, sequence desc
), job as materialized (
    select distinct on (job_id) *
    from placed where type in ('JobStarted', 'JobCorrected')
    order by job_id, spoke_at desc, sequence desc
), first_job as (
    select distinct on (orientation_id) *
    from job order by orientation_id, started_on, recorded_at, writer, partition, position
), attested as materialized (
    select distinct on (job_id, month) *
    from placed where type = 'FollowUpMilestone' and job_id is not null
    order by job_id, month, spoke_at desc, sequence desc
), followed as materialized (
    select distinct on (job_id) *
    from placed where type = 'FollowUpEnded' and job_id is not null
    order by job_id, spoke_at desc, sequence desc
),

derived_journey as materialized (
    select stated.orientation_id,
           case decided.type when 'AdmissionValidated' then 'admitted'
                             when 'AdmissionDeferred' then 'deferred'
                             when 'AdmissionRefused' then 'refused'
                             else case when withdrawn.orientation_id is null then 'pending' else 'withdrawn' end
           end as status,
           cast(stated.received_at at time zone 'Europe/Paris' as date) as received_on,
           decided.decided_on,
           coalesce(transferred.moved_to, stated.addressed_to) as clas,
           stated.prescriber_kind,
           coalesce(stated.sex, 'unknown') as sex,
           case when stated.age < 18 then 'under-18' when stated.age < 30 then '18-29' when stated.age < 45 then '30-44'
                when stated.age < 55 then '45-54' else '55-and-over' end as age_band,
           case when stated.rsa_recipient then 'yes' else 'no' end as rsa,
           case stated.qpv_resident when true then 'yes' when false then 'no' else 'unknown' end as qpv,
           coalesce(cast(stated.education_level as text), 'unknown') as education,
           coalesce(stated.employment = 'unemployed'
                    and stated.unemployed_months >= case when stated.age < 25 then 6 else 12 end, false) as long_term,
           coalesce(stated.barriers, cast('{}' as text[])) as barriers,
           stated.commune_insee as commune,
           coalesce(place.territory, 'hors-territoire') as territory,
           admitted.participant_id,
           person.person_id,
           admitted.parcours_no,
           case when decided.type = 'AdmissionValidated'
                then coalesce(reassigned.maisons[cardinality(reassigned.maisons)], decided.maison) end as maison,
           -- The Maison of a day stands in the place that is one more than the moves up to it. An admission that is
           -- rectified after a move names the Maison of that day, not the first one.
           case when decided.type = 'AdmissionValidated'
                then array[coalesce(reassigned.moved_from, decided.maison)] || reassigned.maisons else '{}' end as maisons,
           case when decided.type = 'AdmissionValidated' and reassigned.moved_on is not null
                then reassigned.moved_on else '{}' end as moved_on,
           coalesce(resident.commune_insee, stated.commune_insee) as residence,
           coalesce(residence_place.territory, 'hors-territoire') as residence_territory,
           opened.opened_on,
           case when opened.opened_on is not null then nullif(greatest(opened.opened_on, max(coalesce(ended.ended_on, 'infinity')) over (
               partition by person.person_id, opened.opened_on is null
               order by opened.opened_on, stated.orientation_id rows between unbounded preceding and 1 preceding
           )), 'infinity') end as present_from,
           interviewed.occurred_on as first_interview_on,
           signed.signed_on as contract_on,
           ended.ended_on,
           ended.kind as exit_kind,
           ended.reason_code as exit_reason,
           ended.positive_rule
    from stated
    left join withdrawn using (orientation_id)
    left join transferred using (orientation_id)
    left join decided using (orientation_id)
    left join reassigned using (orientation_id)
    left join admitted using (orientation_id)
    left join person on person.participant_id = admitted.participant_id
    left join opened using (orientation_id)
    left join interviewed using (orientation_id)
    left join signed using (orientation_id)
    left join ended using (orientation_id)
    left join resident using (orientation_id)
    left join place on place.commune = stated.commune_insee
    left join place residence_place on residence_place.commune = coalesce(resident.commune_insee, stated.commune_insee)
),

-- A month that the parcours was open all along, with a contact of its référent by a medium that the stage allows.
-- It stands with the Maison of its last day.
contacted as (
    select distinct on (orientation_id, month.first) contact.*, month.first as month_of_contact,
           journey.maisons[1 + width_bucket(month.next - 1, journey.moved_on)] as maison
    from contact join derived_journey journey using (orientation_id)
    cross join lateral (
        select cast(date_trunc('month', occurred_on) as date) as first,
               cast(date_trunc('month', occurred_on) + interval '1 month' as date) as next
    ) month
    where coalesce(contact.with_referent, true)
      and (contact.medium in ('presentiel', 'telephone', 'visio')
           or contact.medium = 'courriel' and contact.stage in ('training', 'siae', 'job'))
      and journey.opened_on <= month.first and (journey.ended_on is null or journey.ended_on >= month.next)
    order by orientation_id, month.first, contact.occurred_on, contact.recorded_at, contact.writer, contact.position
),

event_counted (family, code, on_date, amount, orientation_id, maison, writer, partition, position) as (
    select 'orientation', 'orientations.received', journey.received_on, 1, orientation_id, journey.maison,
           owned.writer, owned.partition, owned.position
    from owned join derived_journey journey using (orientation_id)
  union all
    select case when decided.writer is null then 'orientation' else 'admission' end,
           'orientations.' || journey.status, journey.received_on, 1, orientation_id, journey.maison,
           coalesce(decided.writer, withdrawn.writer, owned.writer),
           coalesce(decided.partition, withdrawn.partition, owned.partition),
           coalesce(decided.position, withdrawn.position, owned.position)
    from owned join derived_journey journey using (orientation_id)
    left join decided using (orientation_id) left join withdrawn using (orientation_id)
  union all
    select 'admission', 'delay.orientation_decision', decided.decided_on,
           greatest(decided.decided_on - journey.received_on, 0), orientation_id, journey.maison,
           decided.writer, decided.partition, decided.position
    from decided join derived_journey journey using (orientation_id)
  union all
    select 'admission', 'maison.moved', move.moved_on, 1, orientation_id, move.moved_to, move.writer, move.partition, move.position
    from move join derived_journey journey using (orientation_id) where journey.maison is not null
  union all
    select 'parcours', code, on_date, amount, orientation_id, writer, writer, partition, position from (
        select 'parcours.entered' as code, opened_on as on_date, 1 as amount, orientation_id, writer, partition, position
        from opened
      union all
        select 'parcours.ended', ended_on, 1, orientation_id, writer, partition, position from ended
      union all
        select 'exits.' || kind, ended_on, 1, orientation_id, writer, partition, position from ended
      union all
        select 'contacts.' || case when medium in ('presentiel', 'telephone', 'visio', 'courriel') then medium
                                   else 'autre' end,
               occurred_on, 1, orientation_id, writer, partition, position
        from contact
      union all
        select 'contacts.collectif', occurred_on, 1, orientation_id, writer, partition, position
        from contact where format = 'collectif'
      union all
        select 'actions.attended', held_on, cast(hours as numeric), orientation_id, writer, partition, position from attendance
      union all
        select unnest(array['steps.started', 'steps.' || kind]), started_on, 1,
               orientation_id, writer, partition, position
        from step
      union all
        select unnest(array['jobs.started', 'jobs.' || contract_kind]), started_on, 1,
               orientation_id, writer, partition, position
        from job
      union all
        select 'jobs.durable', started_on, 1, orientation_id, writer, partition, position from job where durable
      union all
        select 'delay.' || delay.name, delay.until, greatest(delay.until - journey.decided_on, 0), orientation_id,
               delay.writer, delay.partition, delay.position
        from (
            select 'decision_first_interview' as name, occurred_on as until, orientation_id, writer, partition, position
            from interviewed
          union all
            select 'decision_contract', signed_on, orientation_id, writer, partition, position from signed
          union all
            select 'decision_job', started_on, orientation_id, writer, partition, position from first_job
        ) delay join derived_journey journey using (orientation_id)
    ) told
  union all
    -- Kept in employment at 3 and 6 inclusive months of a durable job, unless the follow-up had no object.
    select 'parcours', 'retention.month_' || milestone,
           cast(job.started_on + make_interval(months => milestone) as date) - 1,
           case when attested.in_employment
                  or case milestone when 3 then followed.retained_3_months else followed.retained_6_months end
                then 1 else 0 end,
           job.orientation_id, job.writer,
           coalesce(attested.writer, followed.writer, job.writer),
           coalesce(attested.partition, followed.partition, job.partition),
           coalesce(attested.position, followed.position, job.position)
    from job cross join (values (3), (6)) as due(milestone)
    left join attested on attested.job_id = job.job_id and attested.month = milestone
    left join followed on followed.job_id = job.job_id
    where job.durable and followed.outcome is distinct from 'not-relevant'
  union all
    select 'parcours', 'coverage.contacted', month_of_contact, 1, orientation_id, maison, writer, partition, position
    from contacted
), derived_counted as (
    select event.family, event.code, event.on_date,
           case when event.code like 'actions.%' or event.code like 'retention.%' then event.amount end as amount,
           case when event.code like 'delay.%' then event.amount end as days,
           event.orientation_id,
           coalesce(event.maison, journey.maison) as maison,
           case event.family when 'parcours' then journey.residence else journey.commune end as commune,
           case event.family when 'parcours' then journey.residence_territory else journey.territory end as territory,
           event.writer, event.partition, event.position
    from event_counted event join derived_journey journey using (orientation_id)
),

derived_unattached as (
    select 'orientation' as family, writer, partition, position, orientation_id as subject_id,
           case when exists (select from owned where owned.orientation_id = fact.orientation_id)
                then 'not-owner' else 'orientation-missing' end as reason
    from known_orientation fact
    where not exists (
        select from owned where owned.orientation_id = fact.orientation_id and owned.writer = fact.writer
    )
  union all
    select 'admission', writer, partition, position, orientation_id,
           case when exists (select from owned where owned.orientation_id = fact.orientation_id)
                then 'not-in-charge' else 'orientation-missing' end
    from known_admission fact
    where not exists (
        select from in_charge where in_charge.orientation_id = fact.orientation_id and in_charge.clas = fact.writer
    )
  union all
    select 'parcours', writer, partition, position, participant_id,
           case when admission.known then 'not-assigned' else 'admission-missing' end
    from known_parcours fact
    cross join lateral (
        select exists (
            select from said_in_charge said
            where said.type = 'AdmissionValidated'
              and said.participant_id = fact.participant_id and said.parcours_no = fact.parcours_no
        ) as known
    ) admission
    where not admission.known or not exists (
        select from assigned where assigned.participant_id = fact.participant_id and assigned.maison = fact.writer
    )
)
