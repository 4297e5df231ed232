-- Every fact recorded by that instant.
known_orientation as materialized (select * from orientation_fact where recorded_at <= :known_at),
known_admission as materialized (select * from admission_fact where recorded_at <= :known_at),
known_parcours as materialized (select * from parcours_fact where recorded_at <= :known_at)
