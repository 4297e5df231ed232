"""The place where a page of events ends, as an opaque text of the address."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date

from plie_chassis.problems import FieldError, Invalid
from plie_reporting.queries.events import Place


def written(place: Place) -> str:
    text = f"{place.on or ''} {place.writer} {place.partition} {place.position}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(text: str | None) -> Place | None:
    """Raises Invalid for anything that `written` did not write."""
    if not text:
        return None
    try:
        on, writer, partition, position = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").split(" ")
        return Place(date.fromisoformat(on) if on else None, writer, _small(partition), _small(position))
    except ValueError:
        rule = "Ce curseur n’est pas de nous. Reprenez « next_cursor » tel quel, ou recommencez sans curseur."
        raise Invalid(rule, errors=[FieldError("cursor", "cursor.invalid", rule)]) from None


def _small(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError(text)
    return number
