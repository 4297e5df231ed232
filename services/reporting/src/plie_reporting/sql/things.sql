-- What was counted, with the person of whom.
thing as (
    select counted.family, counted.code, counted.on_date, counted.writer, counted.partition, counted.position,
           counted.maison, counted.commune, counted.territory, $whose
    from $counted counted join $journey journey using (orientation_id)
)
