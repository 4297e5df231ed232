-- Every fact of the people whose keys are given.
known_orientation as materialized (select * from orientation_fact where orientation_id = any(cast(:orientations as uuid[]))),
known_admission as materialized (select * from admission_fact where orientation_id = any(cast(:orientations as uuid[]))),
known_parcours as materialized (select * from parcours_fact where participant_id = any(cast(:participants as uuid[])))
