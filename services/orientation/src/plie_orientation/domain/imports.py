"""An import: its states and those of its lines, and which lines speak of the same person."""

from types import MappingProxyType
from typing import Final

from plie_chassis.problems import Conflict
from plie_orientation.domain.columns import plain

MAPPING, CHECKING, CHECKED, SENDING, SENT, UNDOING, UNDONE = (
    "mapping", "checking", "checked", "sending", "sent", "undoing", "undone",
)  # fmt: skip
AT_WORK: Final = (CHECKING, SENDING, UNDOING)
FOLLOWS: Final = MappingProxyType({CHECKING: CHECKED, SENDING: SENT, UNDOING: UNDONE})
"""The state an import comes to when no line is left to work through."""

NEW, READY, DUPLICATE, WRONG = "new", "ready", "duplicate", "wrong"
RECEIVED, KNOWN, WITHDRAWN, STAYS = "received", "known", "withdrawn", "stays"


class NotNow(Conflict):
    code = "import.state"
    title = "Impossible à cette étape"


def may(wished: str, state: str, *allowed: str) -> None:
    """Raises NotNow."""
    if state not in allowed:
        raise NotNow(f"L’import est à une autre étape : {wished} n’est pas possible maintenant. Rechargez la page.")


def person_key(last_name: str, first_name: str, birth_date: str) -> str:
    """Two lines with the same key speak of the same person: name without accents, and birth date."""
    return f"{plain(last_name)}|{plain(first_name)}|{birth_date}"
