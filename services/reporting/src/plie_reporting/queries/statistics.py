"""What is counted in a period, and the events behind it, from `journey` and `counted`.

Every query joins a `thing` (code, day, amount, place) to the journey of its person, so that filters stand once.
"""

from collections.abc import Collection, Mapping

from plie_reporting.queries.derivation import AS_KNOWN

# Where a filter or a grouping is read from.
DIMENSION: Mapping[str, str] = {
    "month": "to_char(thing.on_date, 'YYYY-MM')",
    "territory": "thing.territory",
    "commune": "thing.commune",
    "clas": "journey.clas",
    "maison": "coalesce(thing.maison, 'unknown')",
    "prescriber_kind": "journey.prescriber_kind",
    "sex": "journey.sex",
    "age_band": "journey.age_band",
    "rsa": "journey.rsa",
    "qpv": "journey.qpv",
    "education": "journey.education",
    "barrier": "barrier.code",
}

_OPEN = "journey.opened_on <= {day} and (journey.ended_on is null or journey.ended_on > {day})"

# What a period holds: what was counted on its days, and who was there on some of them.
_THINGS = f"""
thing as (
    select family, code, on_date, amount, orientation_id, maison, commune, territory, writer, partition, position
    from counted
    where on_date between :first and :last
      and (code not like 'retention.%' or on_date <= :today)
      and (code <> 'coverage.contacted' or on_date = any(cast(:complete_months as date[])))
)"""

_PRESENCES = f"""
presence as (
    select 'parcours.active' as code, day as on_date, orientation_id, maison, residence, residence_territory
    from (
        select distinct on (day, journey.person_id) day, journey.*
        from unnest(cast(:days as date[])) as day join journey on {_OPEN.format(day="day")}
        order by day, journey.person_id, journey.opened_on desc
    ) journey
  union all
    select 'coverage.open_month', month, orientation_id, maison, residence, residence_territory
    from unnest(cast(:complete_months as date[])) as month
    join journey on journey.opened_on <= month
     and (journey.ended_on is null or journey.ended_on >= month + interval '1 month')
  union all
    select 'workload.entered', :last, orientation_id, maison, residence, residence_territory
    from journey where opened_on > cast(:last as date) - interval '1 year' and opened_on <= :last
)"""

# The first journey of a day or month decides nothing here: one row per journey and day.
_COUNTED_THINGS = f"""{_THINGS},{_PRESENCES},
every as (
    select code, on_date, amount, orientation_id, maison, commune, territory from thing
  union all
    select code, on_date, 1, orientation_id, maison, residence, residence_territory from presence
)"""


def _with(expressions: str, *, as_known: bool) -> str:
    return f"with recursive {AS_KNOWN}, {expressions}" if as_known else f"with {expressions}"


def _conditions(filters: Collection[str]) -> str:
    return "".join(f" and {DIMENSION[name]} = :{name}" for name in sorted(filters))


def _barriers(group_by: str | None) -> str:
    return "cross join unnest(journey.barriers) as barrier(code)" if group_by == "barrier" else ""


def tallies(filters: Collection[str], group_by: str | None, *, as_known: bool) -> str:
    """(code, key, n, amount, quartiles): key is null without a grouping."""
    key = DIMENSION[group_by] if group_by else "cast(null as text)"
    return f"""
    {_with(_COUNTED_THINGS, as_known=as_known)}
    select thing.code, {key} as key, count(*) as n, sum(thing.amount) as amount,
           percentile_cont(array[0.25, 0.5, 0.75]) within group (order by thing.amount)
               filter (where thing.code like 'delay.%') as quartiles
    from every thing join journey using (orientation_id) {_barriers(group_by)}
    where true{_conditions(filters)}
    group by thing.code, key
    """


# Every fact with what a reader may see of it.
FACT = """
fact as (
    select 'orientation' as family, writer, partition, position, recorded_at, type, sequence,
           orientation_id as subject_id
    from orientation_fact
  union all
    select 'admission', writer, partition, position, recorded_at, type, sequence, orientation_id from admission_fact
  union all
    select 'parcours', writer, partition, position, recorded_at, type, sequence, participant_id from parcours_fact
)"""


def events(filters: Collection[str], group_by: str | None, *, of_active: bool, after: bool, as_known: bool) -> str:
    """One page of the events behind a figure, newest day first; `of_active`: those that opened the active parcours."""
    things = _THINGS
    if of_active:
        things = f"""
thing as (
    select counted.* from counted join journey using (orientation_id)
    where counted.code = 'parcours.entered' and {_OPEN.format(day="cast(:last as date)")}
)"""
    cell = f" and {DIMENSION[group_by]} = :cell" if group_by else ""
    place = "(thing.on_date, thing.writer, thing.partition, thing.position)"
    next_page = f" and {place} < (:after_date, :after_writer, :after_partition, :after_position)" if after else ""
    return f"""
    {_with(f"{things}, {FACT}", as_known=as_known)},
    page as (
        select distinct thing.on_date, thing.family, thing.writer, thing.partition, thing.position
        from thing join journey using (orientation_id) {_barriers(group_by)}
        where thing.code = any(cast(:codes as text[])){_conditions(filters)}{cell}{next_page}
        order by on_date desc, writer desc, partition desc, position desc limit :limit
    )
    select page.on_date, fact.* from page join fact using (family, writer, partition, position)
    order by on_date desc, writer desc, partition desc, position desc
    """


UNATTACHED_EVENTS = f"""
    with {FACT}, page as (
        select * from unattached where family = :family and (writer, partition, position) > (:after_writer, :after_partition, :after_position)
        order by writer, partition, position limit :limit
    )
    select page.reason, fact.* from page join fact using (family, writer, partition, position)
    order by writer, partition, position
"""

# Entries of the period by what is known of the person, in one pass.
PROFILE_DIMENSIONS = ("sex", "age_band", "rsa", "qpv", "education", "long_term")
