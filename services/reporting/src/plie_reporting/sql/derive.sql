with recursive
$known,
$derivation,
journeys_written as (
    insert into $journey (
        orientation_id, status, received_on, decided_on, clas, prescriber_kind, sex, age_band, rsa, qpv, education,
        long_term, barriers, commune, territory, participant_id, person_id, parcours_no, maison, maisons, moved_on, residence,
        residence_territory, opened_on, present_from, first_interview_on, contract_on, ended_on, exit_kind, exit_reason, positive_rule
    )
    select
        orientation_id, status, received_on, decided_on, clas, prescriber_kind, sex, age_band, rsa, qpv, education,
        long_term, barriers, commune, territory, participant_id, person_id, parcours_no, maison, maisons, moved_on, residence,
        residence_territory, opened_on, present_from, first_interview_on, contract_on, ended_on, exit_kind, exit_reason, positive_rule
    from derived_journey
), unattached_written as (
    insert into $unattached (family, writer, partition, position, subject_id, reason)
    select family, writer, partition, position, subject_id, reason from derived_unattached
)
insert into $counted (family, code, on_date, amount, days, orientation_id, maison, commune, territory, writer, partition, position)
select family, code, on_date, amount, days, orientation_id, maison, commune, territory, writer, partition, position from derived_counted
