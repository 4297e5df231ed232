"""Who orients, for which structure, in which quality, and which orientations that lets them see.

An author acts for one organisation, and for one of its structures unless they hold all of them.
"""

from dataclasses import dataclass

from plie_chassis.problems import FieldError, Forbidden
from plie_contracts.declaration import Producer
from plie_contracts.vocabulary import label


class KindNotAllowed(Forbidden):
    code = "prescriber.kind-not-allowed"
    title = "Qualité de prescripteur non autorisée"


class StructureNotAllowed(Forbidden):
    code = "prescriber.structure-not-allowed"
    title = "Structure non autorisée"


@dataclass(frozen=True)
class Author:
    """`structure` is None for all structures of the organisation; `kinds` are codes of prescriber kinds."""

    organisation: str
    structure: str | None
    kinds: frozenset[str]


@dataclass(frozen=True)
class Sight:
    """The orientations somebody sees; None sets no limit."""

    organisation: str | None
    structure: str | None


EVERYTHING = Sight(organisation=None, structure=None)


def orient_as(author: Author, kind: str) -> None:
    """A prescriber orients only in a quality it was given. Raises KindNotAllowed."""
    if kind not in author.kinds:
        allowed = ", ".join(f"{label('prescriber-kind', kind)} ({kind})" for kind in sorted(author.kinds)) or "aucune"
        message = f"La qualité {kind} ne vous est pas ouverte. Qualités possibles : {allowed}."
        raise KindNotAllowed(message, errors=[FieldError("prescriber.kind", KindNotAllowed.code, message)])


def structure_for(author: Author, declared: str) -> str:
    """The structure an orientation is made for: any where the author holds all, else the author's own.

    Raises StructureNotAllowed.
    """
    if author.structure is None:
        return declared
    if declared != author.structure:
        message = f"Vous orientez pour « {author.structure} » seulement."
        raise StructureNotAllowed(
            message, errors=[FieldError("prescriber.structure", StructureNotAllowed.code, message)]
        )
    return author.structure


def speaks_for(author: Author, producer: Producer | None) -> bool:
    """What a direct producer submitted nobody else withdraws or completes: nothing would tell it."""
    return producer is None or producer.slug == author.organisation


def sight(author: Author, instance_organisation: str) -> Sight:
    """Each sees its own organisation's orientations, and its own structure's unless it holds all.

    The organisation that runs the instance, holding all structures, also sees those it hosts.
    """
    if author.organisation == instance_organisation and author.structure is None:
        return EVERYTHING
    return Sight(author.organisation, author.structure)
