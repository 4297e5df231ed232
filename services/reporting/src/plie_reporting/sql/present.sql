-- Who comes (1) and who leaves (-1) on a day, as the active file sees it; a change of Maison is both.
present as not materialized (
    select journey.present_from as on_date, 1 as n,
           journey.maisons[1 + width_bucket(journey.present_from, journey.moved_on)] as maison,
           journey.residence as commune, journey.residence_territory as territory, $whose
    from $journey journey
    where journey.present_from is not null and (journey.ended_on is null or journey.ended_on > journey.present_from)
  union all
    select journey.ended_on, -1, journey.maisons[1 + width_bucket(journey.ended_on - 1, journey.moved_on)],
           journey.residence, journey.residence_territory, $whose
    from $journey journey
    where journey.ended_on > journey.present_from
  union all
    select moved.on_date, told.n, told.maison, journey.residence, journey.residence_territory, $whose
    from $counted moved join $journey journey using (orientation_id)
    cross join lateral (select width_bucket(moved.on_date, journey.moved_on) as place) as move
    cross join lateral (values (-1, journey.maisons[move.place]), (1, journey.maisons[move.place + 1])) as told(n, maison)
    where moved.code = 'maison.moved' and moved.on_date > journey.present_from
      and (journey.ended_on is null or journey.ended_on > moved.on_date)
),
-- From which month on a parcours is open all the month, and from which it no longer is.
opened_by_month as not materialized (
    select journey.*,
           cast(date_trunc('month', cast(journey.opened_on - 1 as timestamp)) + interval '1 month' as date) as month_open,
           cast(date_trunc('month', cast(journey.ended_on as timestamp)) as date) as month_left
    from $journey journey
    where journey.opened_on is not null
)
