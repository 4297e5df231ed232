"""Receiving and withdrawing orientations, whoever asks: a partner's system, a person at the form, a record on Kafka.

An orientation and what it makes known are written in one transaction.
"""

from dataclasses import dataclass
from uuid import UUID

from plie_chassis.calendar import long_date
from plie_chassis.ids import new_id
from plie_chassis.problems import Conflict, FieldError, Forbidden, StaleVersion
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import OrientationOutcomeNotified, OrientationSubmitted, OrientationWithdrawn
from plie_contracts.vocabulary import label
from plie_orientation import store
from plie_orientation.domain import addressing, authors, orientations, publication
from plie_orientation.domain.authors import Author, Sight
from plie_orientation.domain.orientations import Entry
from plie_orientation.handlers import webhooks
from plie_orientation.store import Stored, UnknownOrientation


class DuplicateReference(Conflict):
    """`identical`: the orientation that is there says or said exactly the same; `addressed_to` is where it went."""

    code = "orientation.duplicate-reference"
    title = "Référence déjà utilisée"

    def __init__(self, existing: UUID, reference: str, *, identical: bool, addressed_to: str) -> None:
        super().__init__(
            f"Votre structure a déjà une orientation sous la référence « {reference} ». Rien n’est enregistré."
            " Ouvrez celle qui existe, ou choisissez une autre référence.",
            errors=[FieldError("external_reference", self.code, "Une référence vaut pour une seule orientation.")],
            orientation_id=str(existing),
        )
        self.existing = existing
        self.identical = identical
        self.addressed_to = addressed_to


class FormAlreadySent(Conflict):
    code = "orientation.form-already-sent"
    title = "Formulaire déjà envoyé"

    def __init__(self) -> None:
        super().__init__(
            "Ce formulaire a déjà servi pour une autre orientation. Rien n’est enregistré : recommencez dans un nouveau."
        )


class WithdrawnByProducer(Forbidden):
    """No notice tells a direct producer that others took its orientation back, so that nobody else may."""

    code = "orientation.withdrawn-by-producer"
    title = "Retrait réservé au prescripteur"

    def __init__(self, title: str) -> None:
        super().__init__(
            f"Cette orientation vient du système d’information de « {title} », qui n’apprendrait pas son retrait."
            f" Rien n’est changé. « {title} » la retire avec son propre jeton ; demandez-le-lui."
        )


@dataclass(frozen=True)
class ReceiveOrientation:
    """`producer` is the direct producer whose record this is; `form_id` was drawn with the form that was filled.

    `adhesion_how` is a code of `domain/adhesion.py`, known where a person filled the form.
    """

    draft: OrientationSubmitted
    author: Author
    producer: str | None = None
    form_id: UUID | None = None
    adhesion_how: str | None = None


@dataclass(frozen=True)
class WithdrawOrientation:
    """`version` is the one that was read; None withdraws whatever happened since."""

    orientation_id: UUID
    reason_code: str
    author: Author
    version: int | None = None


async def receive_orientation(command: ReceiveOrientation, work: UnitOfWork) -> Stored:
    """Raises KindNotAllowed, StructureNotAllowed, a refusal of the rules, DuplicateReference or FormAlreadySent.

    A form sent twice with the same content is received once.
    """
    author, draft = command.author, command.draft
    authors.orient_as(author, draft.prescriber.kind)
    structure = authors.structure_for(author, draft.prescriber.structure)
    address = addressing.accept(draft, addressing.territory_of(work.declaration), work.today)
    new = Stored(
        orientation=orientations.received(new_id(work.now), address.clas, work.today),
        version=1,
        received_at=work.now,
        organisation=author.organisation,
        structure=structure,
        draft=draft,
        producer=command.producer,
        form_id=command.form_id,
        adhesion_how=command.adhesion_how,
    )
    if not await store.add(new, work):
        return await _already_there(new, authors.sight(author, work.instance.organisation), work)
    orientation = new.orientation
    known = await store.is_known(author.organisation, structure, work)
    work.emit(publication.fact(orientation.id, draft, address, work.now, structure_known=known))
    work.emit(
        publication.identity(orientation.id, draft, author.organisation, work.today), to=f"{address.clas}.admission"
    )
    tell_producer(new, orientation.history, work)
    return new


async def _already_there(new: Stored, sight: Sight, work: UnitOfWork) -> Stored:
    if new.form_id is not None and (first := await store.same_form(new.form_id, work)):
        seen = await store.find(first.orientation.id, sight, work)
        if seen is None or seen.draft != new.draft:
            raise FormAlreadySent
        return seen
    existing = await store.same_reference(new, work)
    if existing is None:
        raise LookupError("an orientation was neither added nor found")
    raise DuplicateReference(
        existing.orientation.id,
        str(new.draft.external_reference),
        identical=new.draft in (existing.draft, existing.current),
        addressed_to=existing.orientation.addressed_to,
    )


async def withdraw_orientation(command: WithdrawOrientation, work: UnitOfWork) -> Stored:
    """Raises UnknownOrientation, WithdrawnByProducer, StaleVersion, Decided or AlreadyWithdrawn."""
    sight = authors.sight(command.author, work.instance.organisation)
    before = await store.lock(command.orientation_id, sight, work)
    if before is None:
        raise UnknownOrientation
    producer = store.producer_of(before, work)
    if producer is not None and not authors.speaks_for(command.author, producer):
        raise WithdrawnByProducer(producer.title)
    refuse_stale(before, command.version)
    after = orientations.withdraw(before.orientation, command.reason_code, work.today)
    work.emit(OrientationWithdrawn(orientation_id=after.id, withdrawn_on=work.today, reason_code=command.reason_code))
    stored = await store.keep(before, after, work)
    await webhooks.tell(stored, after.history[-1:], work)
    return stored


def refuse_stale(orientation: Stored, version: int | None) -> None:
    """Raises StaleVersion, saying what happened since the version that was read."""
    if version is None or version == orientation.version:
        return
    last = orientation.orientation.history[-1]
    raise StaleVersion(
        f"Cette orientation a changé depuis que vous l’avez ouverte :"
        f" {label('orientation-status', last.status)}, le {long_date(last.on)}. Relisez-la, puis recommencez.",
        version=orientation.version,
    )


def tell_producer(orientation: Stored, entries: tuple[Entry, ...], work: UnitOfWork) -> None:
    """A direct producer reads what became of its orientation on its notice topic; the others read it here."""
    producer = store.producer_of(orientation, work)
    if producer is None:
        return
    for entry in entries:
        notice = OrientationOutcomeNotified(
            orientation_id=orientation.orientation.id,
            external_reference=orientation.draft.external_reference,
            status=entry.status,
            on=entry.on,
            session_on=entry.session_on,
            reason_code=entry.reason_code,
            reorientation=entry.reorientation,
        )
        work.emit(notice, to=producer.slug)
