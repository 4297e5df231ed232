-- Every fact, with what a reader may see of it.
fact as (
    select 'orientation' as family, writer, partition, position, recorded_at, type, orientation_id as subject_id
    from orientation_fact
  union all
    select 'admission', writer, partition, position, recorded_at, type, orientation_id from admission_fact
  union all
    select 'parcours', writer, partition, position, recorded_at, type, participant_id from parcours_fact
)
