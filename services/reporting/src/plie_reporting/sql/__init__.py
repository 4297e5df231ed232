"""SQL, in files of its own: what is derived from the facts, and what is counted from it.

`$names` in the files are fragments and table names, never values.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template

# Where a filter or a grouping is read from.
DIMENSION = {
    "month": "thing.month",
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

NO_KEY = "cast(null as text)"
WITHOUT_PEOPLE = {name for name, source in DIMENSION.items() if "thing." in source}


@dataclass(frozen=True, slots=True)
class Derived:
    """The tables that hold what is derived: those of the store, or those of what was known at an instant."""

    journey: str
    counted: str
    unattached: str


STORED = Derived("journey", "counted", "unattached")
AS_KNOWN = Derived("pg_temp.known_journey", "pg_temp.known_counted", "pg_temp.known_unattached")


def derive_people() -> str:
    """Derives the people whose keys are given into the store."""
    return _derive("known_of_the_keys", STORED)


def derive_as_known() -> str:
    """Derives everyone as known at an instant, into tables of the transaction."""
    return _derive("known_by_then", AS_KNOWN)


def tallies(of: Derived, filters: Collection[str], group_by: str | None) -> str:
    """(code, key, n, amount) of what a period holds; key is null without a grouping."""
    return _of_things("tallies", of, filters, group_by)


def delays(of: Derived, filters: Collection[str], group_by: str | None) -> str:
    """(code, key, days, n) of the delays that end in a period."""
    return _of_things("delays", of, filters, group_by)


def _of_things(name: str, of: Derived, filters: Collection[str], group_by: str | None) -> str:
    asked = {*filters, group_by} if group_by else {*filters}
    return _fill(
        name,
        of,
        things=_fill("things", of),
        key=DIMENSION[group_by] if group_by else NO_KEY,
        people=""
        if asked <= WITHOUT_PEOPLE
        else f"join {of.journey} journey using (orientation_id) {_barriers(group_by)}",
        conditions=_conditions(filters),
    )


def presences(of: Derived, filters: Collection[str], group_by: str | None) -> str:
    """(code, key, n, amount) of who was there on some days and in some months."""
    by_month = group_by == "month"
    return _fill(
        "presences",
        of,
        key=NO_KEY if by_month or group_by is None else DIMENSION[group_by],
        key_of_day="asked.month" if by_month else "moved.key",
        key_of_month="complete.month" if by_month else "moved_of_months.key",
        barriers=_barriers(group_by),
        conditions=_conditions(filters),
    )


def events(of: Derived, filters: Collection[str], group_by: str | None, *, of_active: bool) -> str:
    """A page of the events behind a figure (`of_active`: of those that opened the active parcours)."""
    cell = f" and {DIMENSION[group_by]} = :cell" if group_by else ""
    things = _fill("openings" if of_active else "things", of)
    conditions = _conditions(filters) + cell
    return _fill("events", of, things=things, fact=_text("fact"), barriers=_barriers(group_by), conditions=conditions)


def unattached_events() -> str:
    return _fill("unattached_events", STORED, fact=_text("fact"))


def funnel(of: Derived, filters: Collection[str]) -> str:
    """One row: how far the orientations received in a period went."""
    return _fill("funnel", of, conditions=_conditions(filters))


def entries(of: Derived, filters: Collection[str]) -> str:
    """(dimension, key, n) of those who entered in a period."""
    return _fill("entries", of, conditions=_conditions(filters))


def exits(of: Derived, filters: Collection[str]) -> str:
    """(kind, reason, n) of those who left in a period."""
    return _fill("exits", of, conditions=_conditions(filters))


def residents(of: Derived, filters: Collection[str]) -> str:
    """(commune, maison, n) of the active file on the last day."""
    return _fill("residents", of, conditions=_conditions(filters))


def conservation() -> str:
    """One row: both sides of both balances."""
    return _text("conservation")


def streams() -> str:
    """(topic, partition, next, parked, refused) of what is taken and of `:topics`, `:partitions`."""
    return _text("streams")


def _derive(known: str, into: Derived) -> str:
    return _fill("derive", into, known=_text(known), derivation=_text("derivation"))


def _conditions(filters: Collection[str]) -> str:
    return "".join(f" and {DIMENSION[name]} = :{name}" for name in sorted(filters))


def _barriers(group_by: str | None) -> str:
    return "cross join unnest(journey.barriers) as barrier(code)" if group_by == "barrier" else ""


def _fill(name: str, of: Derived, **fragments: str) -> str:
    tables = {"journey": of.journey, "counted": of.counted, "unattached": of.unattached}
    return Template(_text(name)).substitute(tables, **fragments)


@cache
def _text(name: str) -> str:
    return (files(__name__) / f"{name}.sql").read_text("utf-8").rstrip()
