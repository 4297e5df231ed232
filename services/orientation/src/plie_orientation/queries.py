"""What pages and API read: one orientation, or many newest first, narrowed and counted, by those who may see them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, func, literal_column, or_, select

from plie_chassis.accounts.tables import Token
from plie_chassis.paging import Paging
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import SubmittedPrescriber
from plie_contracts.territory import without_accents
from plie_orientation import store
from plie_orientation.domain import authors, information
from plie_orientation.domain.authors import Author, Sight
from plie_orientation.domain.orientations import DEFERRED
from plie_orientation.store import (
    Stored,
    UnknownImport,
    UnknownOrientation,
    UnknownWebhook,
    imports_of,
    of_author,
    read,
    within,
)
from plie_orientation.tables import FormDraft, Import, ImportRow, InformationRequest, Webhook, WebhookDelivery
from plie_orientation.tables import Orientation as Row

STRUCTURES_SHOWN = 200
DRAFTS_SHOWN = 100
LATEST = 200


@dataclass(frozen=True)
class Waiting:
    """What the commission asks of an orientation, and still waits for."""

    request_id: UUID
    left: Sequence[str]
    asked_at: datetime
    stored: Stored


@dataclass(frozen=True)
class Standing:
    """How many orientations stand in each status, and the structures to choose among: none for who has one only."""

    statuses: Mapping[str, int]
    structures: Sequence[str]


@dataclass(frozen=True)
class Registered:
    """A webhook, and since when the token that registered it is revoked: nothing goes out then."""

    webhook: Webhook
    paused_since: datetime | None


@dataclass(frozen=True)
class Search:
    """What a list is narrowed to; `text` is looked for in names, commune and reference, whatever the accents.

    `asked`: the commission waits for an answer.
    """

    author: Author
    paging: Paging
    statuses: Sequence[str] = ()
    since: datetime | None = None
    external_reference: str | None = None
    structure: str | None = None
    text: str = ""
    asked: bool = False


async def one(orientation_id: UUID, author: Author, work: UnitOfWork) -> Stored:
    """Raises UnknownOrientation for one that is not there and for one that is not theirs."""
    found = await store.find(orientation_id, _sight(author, work), work)
    if found is None:
        raise UnknownOrientation
    return found


async def listed(search: Search, work: UnitOfWork) -> tuple[Sequence[Stored], str | None]:
    """One page, newest first, and the cursor of the next one."""
    query = select(Row).where(within(_sight(search.author, work)), *_narrowed(search, work))
    rows = (await work.session.scalars(search.paging.cut(query, Row.received_at, Row.id))).all()
    shown, cursor = search.paging.page(rows, lambda row: (row.received_at, row.id))
    return [read(row) for row in shown], cursor


async def requests(orientation_id: UUID, work: UnitOfWork) -> Sequence[InformationRequest]:
    """What the commission has asked of an orientation, oldest first."""
    query = select(InformationRequest).where(InformationRequest.orientation_id == orientation_id)
    return (await work.session.scalars(query.order_by(InformationRequest.asked_at, InformationRequest.id))).all()


async def open_requests(stored: Stored, work: UnitOfWork) -> Sequence[InformationRequest]:
    """Those that the commission still waits for."""
    if not information.is_waited_for(stored.orientation.status):
        return ()
    return [one for one in await requests(stored.orientation.id, work) if one.answered_at is None]


async def waiting(author: Author, limit: int, work: UnitOfWork) -> Sequence[Waiting]:
    """Questions of the commission without an answer, the oldest first."""
    query = (
        select(InformationRequest, Row)
        .join(Row, Row.id == InformationRequest.orientation_id)
        .where(within(_sight(author, work)), *_open_questions(author, work))
        .order_by(InformationRequest.asked_at, InformationRequest.id)
        .limit(limit)
    )
    found = (await work.session.execute(query)).all()
    return [
        Waiting(asked.id, information.left(asked.asked, asked.answered), asked.asked_at, read(row))
        for asked, row in found
    ]


async def waiting_count(author: Author, work: UnitOfWork) -> int:
    return int(await work.session.scalar(select(_questions(author, work))) or 0)


async def to_do_count(author: Author, work: UnitOfWork) -> int:
    """What waits for the prescriber: questions to answer, and orientations to take up again."""
    # A literal, so that the index on those deferred serves.
    status: ColumnElement[str] = literal_column(f"'{DEFERRED}'")
    deferred = select(func.count()).where(within(_sight(author, work)), Row.status == status).scalar_subquery()
    return int(await work.session.scalar(select(deferred + _questions(author, work))) or 0)


async def sent_with(form_id: UUID, author: Author, work: UnitOfWork) -> Stored | None:
    """The orientation that a form became."""
    row = await work.session.scalar(select(Row).where(Row.form_id == form_id, within(_sight(author, work))))
    return None if row is None else read(row)


async def last_prescriber(author: Author, advisor: str, work: UnitOfWork) -> SubmittedPrescriber | None:
    """How the advisor of this name oriented last, among the latest of the author's own structure or organisation."""
    sight = Sight(author.organisation, author.structure)
    order = (Row.received_at.desc(), Row.id.desc())
    latest = select(Row.draft["prescriber"].label("prescriber")).where(within(sight)).order_by(*order).limit(LATEST)
    found = (await work.session.scalars(latest)).all()
    return next((SubmittedPrescriber(**told) for told in found if told.get("advisor") == advisor), None)


async def drafts(account_id: UUID, work: UnitOfWork) -> Sequence[FormDraft]:
    """An account's own, the last touched first; they are few, and gone after 30 days."""
    query = select(FormDraft).where(FormDraft.account_id == account_id)
    return (await work.session.scalars(query.order_by(FormDraft.saved_at.desc()).limit(DRAFTS_SHOWN))).all()


async def draft(draft_id: UUID, account_id: UUID, work: UnitOfWork) -> FormDraft | None:
    found = await work.session.get(FormDraft, draft_id)
    return found if found is not None and found.account_id == account_id else None


async def webhooks(author: Author, paging: Paging, work: UnitOfWork) -> tuple[Sequence[Registered], str | None]:
    query = select(Webhook).where(of_author(author, work.instance.organisation))
    rows = (await work.session.scalars(paging.cut(query, Webhook.created_at, Webhook.id))).all()
    shown, cursor = paging.page(rows, lambda row: (row.created_at, row.id))
    return await _with_pauses(shown, work), cursor


async def webhook(webhook_id: UUID, author: Author, work: UnitOfWork) -> Registered:
    """Raises UnknownWebhook."""
    theirs = of_author(author, work.instance.organisation)
    found = await work.session.scalar(select(Webhook).where(Webhook.id == webhook_id, theirs))
    if found is None:
        raise UnknownWebhook
    (registered,) = await _with_pauses([found], work)
    return registered


async def deliveries(
    webhook_id: UUID, author: Author, paging: Paging, work: UnitOfWork
) -> tuple[Sequence[WebhookDelivery], str | None]:
    """Raises UnknownWebhook."""
    await webhook(webhook_id, author, work)
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    rows = (await work.session.scalars(paging.cut(query, WebhookDelivery.created_at, WebhookDelivery.id))).all()
    return paging.page(rows, lambda row: (row.created_at, row.id))


async def imports(author: Author, paging: Paging, work: UnitOfWork) -> tuple[Sequence[Import], str | None]:
    query = select(Import).where(imports_of(author, work.instance.organisation))
    rows = (await work.session.scalars(paging.cut(query, Import.created_at, Import.id))).all()
    return paging.page(rows, lambda row: (row.created_at, row.id))


async def one_import(import_id: UUID, author: Author, work: UnitOfWork) -> Import:
    """Raises UnknownImport."""
    theirs = imports_of(author, work.instance.organisation)
    found = await work.session.scalar(select(Import).where(Import.id == import_id, theirs))
    if found is None:
        raise UnknownImport
    return found


async def import_counts(import_id: UUID, work: UnitOfWork) -> dict[str, int]:
    """How many lines stand in each state."""
    query = select(ImportRow.state, func.count()).where(ImportRow.import_id == import_id).group_by(ImportRow.state)
    return dict((await work.session.execute(query)).all())


async def import_lines(
    import_id: UUID, states: Sequence[str], after: int, limit: int, work: UnitOfWork
) -> Sequence[ImportRow]:
    """In the order of the file, beyond line `after`; of these states where some are named."""
    query = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.number > after)
    if states:
        query = query.where(ImportRow.state.in_(states))
    return (await work.session.scalars(query.order_by(ImportRow.number).limit(limit))).all()


async def standing(author: Author, work: UnitOfWork) -> Standing:
    """One look at all that the author sees."""
    query = select(Row.structure, Row.status, func.count()).where(within(_sight(author, work)))
    found = (await work.session.execute(query.group_by(Row.structure, Row.status))).all()
    statuses: Counter[str] = Counter()
    for _, status, count in found:
        statuses[status] += count
    names = sorted({structure for structure, _, _ in found}, key=without_accents)
    return Standing(statuses, names[:STRUCTURES_SHOWN] if author.structure is None else ())


async def _with_pauses(hooks: Sequence[Webhook], work: UnitOfWork) -> Sequence[Registered]:
    of_theirs = Token.id.in_([hook.token_id for hook in hooks if hook.token_id is not None])
    revoked = dict((await work.session.execute(select(Token.id, Token.revoked_at).where(of_theirs))).all())
    return [Registered(hook, revoked.get(hook.token_id) if hook.token_id else None) for hook in hooks]


def _sight(author: Author, work: UnitOfWork) -> Sight:
    return authors.sight(author, work.instance.organisation)


def _questions(author: Author, work: UnitOfWork) -> ScalarSelect[int]:
    """How many wait for an answer."""
    return (
        select(func.count())
        .select_from(InformationRequest)
        .join(Row, Row.id == InformationRequest.orientation_id)
        .where(within(_sight(author, work)), *_open_questions(author, work))
        .scalar_subquery()
    )


def _open_questions(author: Author, work: UnitOfWork) -> list[ColumnElement[bool]]:
    """Those that are the author's to answer, as `authors.speaks_for`: of a producer that is declared no more, the host's."""
    declared = Row.producer.in_(list(work.declaration.producers))
    theirs = or_(Row.producer.is_(None), Row.producer == author.organisation, ~declared)
    return [InformationRequest.answered_at.is_(None), Row.status.not_in(information.OVER), theirs]


def _narrowed(search: Search, work: UnitOfWork) -> list[ColumnElement[bool]]:
    conditions = [Row.searchable.contains(word, autoescape=True) for word in without_accents(search.text).split()]
    if search.statuses:
        conditions.append(Row.status.in_(search.statuses))
    if search.asked:
        asked = select(InformationRequest.orientation_id).where(*_open_questions(search.author, work))
        conditions.append(Row.id.in_(asked))
    if search.since is not None:
        conditions.append(Row.received_at >= search.since)
    if search.structure is not None:
        conditions.append(Row.structure == search.structure)
    if search.external_reference is not None:
        conditions.append(Row.external_reference == search.external_reference)
    return conditions
