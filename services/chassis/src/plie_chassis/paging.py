"""Lists, newest first, cut into pages by a cursor: the place in the order where the next page begins.

A cursor is opaque to clients and checked when it comes back; a tampered one is a 422, never another query.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, tuple_
from sqlalchemy.sql.expression import SQLColumnExpression

from plie_chassis.calendar import PARIS
from plie_chassis.problems import FieldError, Invalid

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the instant and the id of its last row."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for. A route takes `paging: Paging` and gets `?cursor=` and `?limit=` with it."""

    limit: int
    after: Place | None = None

    def cut(
        self, select: Select[Any], at: SQLColumnExpression[datetime], key: SQLColumnExpression[UUID]
    ) -> Select[Any]:
        """The rows of this page and one more, which says whether there is a next page."""
        if self.after is not None:
            select = select.where(tuple_(at, key) < tuple_(self.after.at, self.after.id))
        return select.order_by(at.desc(), key.desc()).limit(self.limit + 1)

    def page(
        self, rows: Sequence[Row], place: Callable[[Row], tuple[datetime, UUID]]
    ) -> tuple[Sequence[Row], str | None]:
        """The rows to show, and the cursor of the next page."""
        if len(rows) <= self.limit:
            return rows, None
        shown = rows[: self.limit]
        return shown, cursor(Place(*place(shown[-1])))


def cursor(place: Place) -> str:
    written = f"{place.at.isoformat()} {place.id.hex}"
    return urlsafe_b64encode(written.encode()).decode().rstrip("=")


def place_of(text: str) -> Place:
    """Raises Invalid for anything that `cursor` did not write."""
    try:
        written = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        at, _, identifier = written.rpartition(" ")
        place = Place(datetime.fromisoformat(at).astimezone(PARIS), UUID(identifier))
    except (ValueError, OverflowError, binascii.Error):
        rule = "Ce curseur n’est pas de nous. Reprenez « next_cursor » tel quel, ou recommencez sans curseur."
        raise Invalid(rule, errors=[FieldError("cursor", "cursor.invalid", rule)]) from None
    return place
