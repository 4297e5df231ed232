-- The events that opened the parcours that are open on the last day, with the Maison of that day.
thing as (
    select counted.family, counted.code, counted.on_date, counted.writer, counted.partition, counted.position,
           journey.maisons[1 + width_bucket(cast(:last as date), journey.moved_on)] as maison,
           counted.commune, counted.territory, $whose
    from $counted counted join $journey journey using (orientation_id)
    where journey.present_from <= :last and (journey.ended_on is null or journey.ended_on > :last)
)
