"""SQL, in files of its own: what is derived from the facts, what that adds up to, and what is read of either.

`$names` in the files are fragments and table names, never values.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template

# Where a filter or a grouping is read from.
DIMENSION = {
    "month": "left(cast(thing.on_date as text), 7)",
    "territory": "thing.territory",
    "commune": "thing.commune",
    "clas": "thing.clas",
    "maison": "coalesce(thing.maison, 'unknown')",
    "prescriber_kind": "thing.prescriber_kind",
    "sex": "thing.sex",
    "age_band": "thing.age_band",
    "rsa": "thing.rsa",
    "qpv": "thing.qpv",
    "education": "thing.education",
    "barrier": "barrier.code",
}
OF_A_PERSON = ("clas", "prescriber_kind", "sex", "age_band", "rsa", "qpv", "education", "barriers")

ROLLED_UP = frozenset({"territory", "maison", "prescriber_kind"})
"""The filters that are rolled up by value; what asks for another, or for two, reads the detail."""

EVERYONE = "everyone"
"""The dimension of the roll-ups by month that no filter narrows; all of them but delays are rolled up by day as well."""

SERIES = ("activity", "delay", "profile", "stock", "place")
MOVED = frozenset({"stock", "place"})
"""The series that tell who comes and who leaves."""

NO_KEY = "cast(null as text)"


@dataclass(frozen=True, slots=True)
class Derived:
    """The tables that hold what is derived; `rolled` is None where nothing is rolled up, and all is read from the detail."""

    journey: str
    counted: str
    unattached: str
    rolled: str | None = None


STORED = Derived("journey", "counted", "unattached", "rolled")
AS_KNOWN = Derived("pg_temp.known_journey", "pg_temp.known_counted", "pg_temp.known_unattached")
OF_THE_KEYS = Derived(
    "(select * from journey where orientation_id = any(cast(:orientations as uuid[])))",
    "(select * from counted where orientation_id = any(cast(:orientations as uuid[])))",
    "unattached",
)


def derive_people() -> str:
    """Derives the people whose keys are given into the store."""
    return _derive("known_of_the_keys", STORED)


def derive_as_known() -> str:
    """Derives everyone as known at an instant, into tables of the transaction."""
    return _derive("known_by_then", AS_KNOWN)


def add_up(of: Derived, series: Collection[str] = SERIES) -> str:
    """(dimension, key, series, since, code, detail, n, amount): what the roll-ups of these people hold."""
    return _fill("add_up", of, things=_things(of, *series))


def change() -> str:
    """Notes what the roll-ups hold of the people whose keys are given, so many `:times`."""
    return Template(_text("change")).substitute(added_up=add_up(OF_THE_KEYS))


def roll_up_all(series: str) -> str:
    """Writes the roll-ups of everyone in a series, where there are none."""
    return Template(_text("roll_up_all")).substitute(added_up=add_up(STORED, (series,)))


def rolls_up(of: Derived, filters: Collection[str], group_by: str | None) -> bool:
    """Whether such a question reads the roll-ups for the months that a period holds whole."""
    return _dimension(of, filters, group_by) is not None


def period(series: str, of: Derived, filters: Collection[str], group_by: str | None) -> str:
    """(code, detail, key, n, amount) of what a period holds of a series; key is null without a grouping."""
    told = [_kept("kept_months", of, filters, group_by, series=series)] if rolls_up(of, filters, group_by) else []
    if series != "delay" and _dimension(of, filters, group_by) == EVERYONE:
        told.append(_fill("kept_days", of, key=_key_of_day(group_by), series=series))
    else:
        told.append(_detail("detail", of, filters, group_by, in_period=_text("in_period")))
    return _fill("period", of, things=_things(of, series), told=_united(told))


def stocks(of: Derived, filters: Collection[str], group_by: str | None) -> str:
    """(code, key, since, is_whole, n): what moved each stock, by month; of two months, up to a day as well.

    Each stands in every month: that is no grouping here.
    """
    group_by = None if group_by == "month" else group_by
    by_month = (
        _kept("kept_stocks", of, filters, group_by, series="stock")
        if rolls_up(of, filters, group_by)
        else _detail("detail_of_stocks", of, filters, group_by)
    )
    of_days = "kept_stocks_of_days" if _dimension(of, filters, group_by) == EVERYONE else "detail_of_stocks_of_days"
    up_to_a_day = _detail(of_days, of, filters, group_by)
    return _fill("stocks", of, things=_things(of, "stock"), by_month=by_month, up_to_a_day=up_to_a_day)


def places(of: Derived, filters: Collection[str]) -> str:
    """(code, detail, n): the active file of the last day by commune and by Maison."""
    told = [_detail("detail_of_places", of, filters, None)]
    if rolls_up(of, filters, None):
        of_days = "kept_places_of_days" if _dimension(of, filters, None) == EVERYONE else "detail_of_places_of_days"
        told = [_kept("kept_places", of, filters, None), _detail(of_days, of, filters, None)]
    return _fill("places", of, things=_things(of, "place"), told=_united(told))


def events(of: Derived, filters: Collection[str], group_by: str | None, *, of_active: bool) -> str:
    """A page of the events behind a figure (`of_active`: of those that opened the active parcours)."""
    cell = f" and {DIMENSION[group_by]} = :cell" if group_by else ""
    return _fill(
        "events",
        of,
        things=_fill("openings" if of_active else "things", of),
        fact=_text("fact"),
        barriers=_barriers(group_by),
        period="" if of_active else f"\n      and {_text('in_period')}",
        conditions=_conditions(filters) + cell,
    )


def unattached_events() -> str:
    return _fill("unattached_events", STORED, fact=_text("fact"))


def conservation() -> str:
    """One row: both sides of both balances."""
    return _text("conservation")


def streams() -> str:
    """(topic, partition, next, parked, refused) of what is taken and of `:topics`, `:partitions`."""
    return _text("streams")


def _derive(known: str, into: Derived) -> str:
    return _fill("derive", into, known=_text(known), derivation=_text("derivation"))


def _dimension(of: Derived, filters: Collection[str], group_by: str | None) -> str | None:
    """The one dimension of the roll-ups that tells all that is asked."""
    asked = {*filters, group_by} - {None, "month"}
    if of.rolled is None or len(asked) > 1 or not asked <= ROLLED_UP:
        return None
    return next((name for name in asked if name), EVERYONE)


def _kept(name: str, of: Derived, filters: Collection[str], group_by: str | None, **fragments: str) -> str:
    """What the roll-ups hold; `:of_key` is the value of the filter."""
    dimension = _dimension(of, filters, group_by) or EVERYONE
    of_key = " and key = ''" if dimension == EVERYONE else f" and key = :{dimension}" if dimension in filters else ""
    key = "key" if group_by == dimension else _key_of_day(group_by)
    return _fill(name, of, dimension=dimension, of_key=of_key, key=key, **fragments)


def _key_of_day(group_by: str | None) -> str:
    return "left(cast(since as text), 7)" if group_by == "month" else NO_KEY


def _detail(name: str, of: Derived, filters: Collection[str], group_by: str | None, **fragments: str) -> str:
    key = DIMENSION[group_by] if group_by else NO_KEY
    return _fill(name, of, key=key, barriers=_barriers(group_by), conditions=_conditions(filters), **fragments)


def _things(of: Derived, *series: str) -> str:
    """All that adds up in these series: (series, code, detail, on_date, n, amount), and whose it is."""
    things = f"thing as not materialized (\n{_united([_fill(f'series_{name}', of) for name in series])}\n)"
    return things if MOVED.isdisjoint(series) else f"{_fill('present', of)},\n{things}"


def _united(selections: Collection[str]) -> str:
    return "\nunion all\n".join(selections)


def _conditions(filters: Collection[str]) -> str:
    return "".join(f" and {DIMENSION[name]} = :{name}" for name in sorted(filters))


def _barriers(group_by: str | None) -> str:
    return "cross join unnest(thing.barriers) as barrier(code)" if group_by == "barrier" else ""


def _fill(name: str, of: Derived, **fragments: str) -> str:
    tables = {"journey": of.journey, "counted": of.counted, "unattached": of.unattached, "rolled": of.rolled or ""}
    whose = ", ".join(f"journey.{column}" for column in OF_A_PERSON)
    return Template(_text(name)).substitute(tables, whose=whose, **fragments)


@cache
def _text(name: str) -> str:
    return (files(__name__) / f"{name}.sql").read_text("utf-8").rstrip()
