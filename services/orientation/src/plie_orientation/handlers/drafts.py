"""Forms being filled, kept for the one who fills them: saved, listed, deleted, sent; nothing leaves before that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Delete, delete
from sqlalchemy.dialects.postgresql import insert

from plie_chassis.problems import FieldError, Invalid, NotFound
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import OrientationSubmitted
from plie_orientation import store
from plie_orientation.domain.authors import Author
from plie_orientation.handlers.orientations import ReceiveOrientation, receive_orientation
from plie_orientation.store import Stored
from plie_orientation.tables import FormDraft

DRAFTS_ARE_KEPT: Final = timedelta(days=30)
"""A draft names a person who may not know of it yet: it does not stay longer than this without being touched."""
LARGEST: Final = 100_000


class UnknownDraft(NotFound):
    code = "draft.not-found"
    title = "Brouillon introuvable"

    def __init__(self) -> None:
        super().__init__(
            "Ce brouillon n’est plus là : il est envoyé, supprimé, ou effacé après 30 jours sans modification."
        )


class DraftTooLong(Invalid):
    code = "draft.too-long"
    title = "Brouillon trop long"


@dataclass(frozen=True)
class SaveDraft:
    """`fields` replace those of the same name; the others stay. `account_id` is whose draft it is."""

    draft_id: UUID
    account_id: UUID
    fields: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class DropDraft:
    draft_id: UUID
    account_id: UUID


@dataclass(frozen=True)
class SendDraft:
    draft_id: UUID
    account_id: UUID
    draft: OrientationSubmitted
    author: Author
    adhesion_how: str | None = None


async def save_draft(command: SaveDraft, work: UnitOfWork) -> FormDraft:
    """Raises UnknownDraft for one of somebody else or already sent, DraftTooLong."""
    fields = {name: [str(text) for text in texts] for name, texts in command.fields.items()}
    if sum(len(text) for texts in fields.values() for text in texts) > LARGEST:
        rule = "Un brouillon compte 100 000 caractères au plus. Raccourcissez le texte pour la commission."
        raise DraftTooLong(rule, errors=[FieldError("motivation", DraftTooLong.code, rule)])
    new = insert(FormDraft).values(id=command.draft_id, account_id=command.account_id, fields=fields, saved_at=work.now)
    merged = new.on_conflict_do_update(
        index_elements=[FormDraft.id],
        set_={"fields": FormDraft.fields.op("||")(new.excluded.fields), "saved_at": new.excluded.saved_at},
        where=FormDraft.account_id == command.account_id,
    ).returning(FormDraft)
    saved = await work.session.scalar(merged.execution_options(populate_existing=True))
    # Looked at after the write, which waits for a sending in progress: what was still on its way brings nothing back.
    if saved is None or await store.same_form(command.draft_id, work) is not None:
        raise UnknownDraft
    return saved


async def drop_draft(command: DropDraft, work: UnitOfWork) -> None:
    """Deleting twice is deleting."""
    await work.session.execute(_one(command.draft_id, command.account_id))


async def send_draft(command: SendDraft, work: UnitOfWork) -> Stored:
    """The draft becomes an orientation, once, and is no more. Raises what `receive_orientation` raises."""
    sent = ReceiveOrientation(
        command.draft, command.author, form_id=command.draft_id, adhesion_how=command.adhesion_how
    )
    received = await receive_orientation(sent, work)
    await work.session.execute(_one(command.draft_id, command.account_id))
    return received


async def forget_old_drafts(work: UnitOfWork) -> None:
    """The rule DRAFTS_ARE_KEPT."""
    await work.session.execute(delete(FormDraft).where(FormDraft.saved_at <= work.now - DRAFTS_ARE_KEPT))


def _one(draft_id: UUID, account_id: UUID) -> Delete:
    return delete(FormDraft).where(FormDraft.id == draft_id, FormDraft.account_id == account_id)
