-- The events that opened the parcours that are open on the last day.
thing as (
    select counted.* from $counted counted join $journey journey using (orientation_id)
    where counted.code = any(cast(:codes as text[]))
      and journey.present_from <= :last and (journey.ended_on is null or journey.ended_on > :last)
)
