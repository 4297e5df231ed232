"""What the commission asks of an orientation: kept until all of it is answered, by a form, the API or a direct producer's records.

However an answer comes, the commission gets the same: corrected facts where they changed, the whole person, the codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select

from plie_chassis.calendar import paris_date
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.problems import FieldError, Forbidden, Invalid
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import InformationProvided, InformationRequested, OrientationCorrected, OrientationSubmitted
from plie_contracts.explanations import explain
from plie_contracts.refusals import Refused
from plie_orientation import store
from plie_orientation.domain import authors, information, publication, rules
from plie_orientation.domain.addressing import Address, territory_of
from plie_orientation.domain.authors import EVERYTHING, Author
from plie_orientation.domain.information import Answer, UnknownRequest
from plie_orientation.store import Stored, UnknownOrientation
from plie_orientation.tables import InformationRequest


class AnsweredByProducer(Forbidden):
    """No notice tells a direct producer what others answered for it, and its next record would undo it."""

    code = "information.answered-by-producer"
    title = "Réponse réservée au prescripteur"

    def __init__(self, title: str) -> None:
        super().__init__(
            f"Cette orientation vient du système d’information de « {title} », qui n’apprendrait pas cette réponse."
            f" Rien n’est envoyé. « {title} » répond par Kafka ou avec son propre jeton ; demandez-le-lui."
        )


@dataclass(frozen=True)
class AnswerRequest:
    """Without a `request_id`, whatever the commission still asks of the orientation."""

    orientation_id: UUID
    answer: Answer
    author: Author
    request_id: UUID | None = None


@dataclass(frozen=True)
class CorrectSubmission:
    """A direct producer's second word on an orientation of its own; `draft` has passed the rules."""

    orientation_id: UUID
    draft: OrientationSubmitted


@dataclass(frozen=True)
class Answered:
    """The orientation with the answer in it, the codes now answered and those still waited for."""

    stored: Stored
    answered: Sequence[str]
    left: Sequence[str]


async def keep_request(received: Received[InformationRequested], work: UnitOfWork) -> None:
    """Only the CLAS that an orientation is addressed to asks of it. Raises Refused `ownership.not-owner`."""
    event = received.event
    known = await store.lock(event.orientation_id, EVERYTHING, work)
    if known is None or received.writer != f"{known.orientation.addressed_to}.admission":
        raise Refused("ownership.not-owner", "orientation_id")
    if await work.session.get(InformationRequest, event.request_id) is not None:
        return
    asked = InformationRequest(
        id=event.request_id,
        orientation_id=event.orientation_id,
        asked=list(dict.fromkeys(event.asked)),
        answered=[],
        asked_at=received.recorded_at,
    )
    work.session.add(asked)
    if producer := store.producer_of(known, work):
        work.emit(event, to=producer.slug)


async def pass_answer_on(received: Received[InformationProvided], work: UnitOfWork) -> None:
    """A direct producer names what it has answered; what it answered comes as a corrected submission, before or after.

    Raises Refused `ownership.not-owner`.
    """
    event = received.event
    known = await store.lock(event.orientation_id, EVERYTHING, work)
    request = await work.session.get(InformationRequest, event.request_id)
    if known is None or received.writer != known.producer:
        raise Refused("ownership.not-owner", "orientation_id")
    if request is None or request.orientation_id != event.orientation_id:
        raise Refused("schema.invalid", "request_id")
    request.submission_due = request.last_answer_at is None
    _note(request, event.answered, work)
    work.emit(event, to=f"{known.orientation.addressed_to}.admission")


async def answer_request(command: AnswerRequest, work: UnitOfWork) -> Answered:
    """Raises UnknownOrientation, AnsweredByProducer, UnknownRequest, AlreadyAnswered, NoLongerAsked, EmptyAnswer, or a
    refusal of the rules.
    """
    sight = authors.sight(command.author, work.instance.organisation)
    stored = await store.lock(command.orientation_id, sight, work)
    if stored is None:
        raise UnknownOrientation
    producer = store.producer_of(stored, work)
    if producer is not None and not authors.speaks_for(command.author, producer):
        raise AnsweredByProducer(producer.title)
    requests = await _requests(stored, command.request_id, work)
    if not requests:
        raise UnknownRequest
    waiting = [request for request in requests if request.answered_at is None]
    last = None if waiting else max(request.answered_at for request in requests if request.answered_at)
    information.still_asked(stored.orientation, last and paris_date(last))
    codes = information.answered(_left(waiting), command.answer)
    after = _checked(information.completed(stored.current, command.answer, work.today), work)
    return await _make_known(stored, after, waiting, codes, work)


async def correct_submission(command: CorrectSubmission, work: UnitOfWork) -> Answered | None:
    """Taken as the answer to what the commission asks; None where it asks nothing, or where more than an answer changes.

    Raises EmptyAnswer.
    """
    stored = await store.lock(command.orientation_id, EVERYTHING, work)
    if stored is None or not information.is_waited_for(stored.orientation.status):
        return None
    fields = information.changed(stored.current, command.draft)
    requests = await _requests(stored, None, work)
    waiting = [request for request in requests if request.answered_at is None or request.submission_due]
    if not waiting or not fields <= information.MAY_CHANGE:
        return None
    if not any(request.submission_due for request in waiting):
        information.concerns_what_is_asked(_left(waiting), fields)
    codes = information.answered_by_correction(_left(waiting), fields)
    for request in waiting:
        request.submission_due, request.last_answer_at = False, work.now
    return await _make_known(stored, command.draft, waiting, codes, work)


async def _make_known(
    stored: Stored,
    after: OrientationSubmitted,
    waiting: Sequence[InformationRequest],
    codes: Sequence[str],
    work: UnitOfWork,
) -> Answered:
    clas = stored.orientation.addressed_to
    to = f"{clas}.admission"
    covering = territory_of(work.declaration).clas_of(after.person.commune_insee)
    address = Address(clas, by_continuity=clas != covering)
    orientation_id = stored.orientation.id
    known = await store.is_known(stored.organisation, stored.structure, work)
    at = stored.received_at
    fact = publication.fact(orientation_id, after, address, at, structure_known=known)
    if fact != publication.fact(orientation_id, stored.current, address, at, structure_known=known):
        work.emit(OrientationCorrected(**dict(fact), reason_code="changement-situation"))
    received_on = paris_date(at)
    work.emit(publication.identity(orientation_id, after, stored.organisation, received_on), to=to)
    for request in waiting:
        told = tuple(code for code in information.left(request.asked, request.answered) if code in codes)
        if told:
            provided = InformationProvided(request_id=request.id, orientation_id=orientation_id, answered=told)
            work.emit(provided, to=to)
            _note(request, told, work)
    return Answered(await store.complete(stored, after, work), codes, _left(waiting))


async def _requests(stored: Stored, request_id: UUID | None, work: UnitOfWork) -> Sequence[InformationRequest]:
    """Those of an orientation, oldest first, or the one that is named."""
    query = select(InformationRequest).where(InformationRequest.orientation_id == stored.orientation.id)
    if request_id is not None:
        query = query.where(InformationRequest.id == request_id)
    return (await work.session.scalars(query.order_by(InformationRequest.asked_at, InformationRequest.id))).all()


def _left(requests: Sequence[InformationRequest]) -> list[str]:
    codes = (code for request in requests for code in information.left(request.asked, request.answered))
    return list(dict.fromkeys(codes))


def _note(request: InformationRequest, codes: Sequence[str], work: UnitOfWork) -> None:
    """A request stays open for what is left of it."""
    request.answered = list(dict.fromkeys([*request.answered, *codes]))
    request.last_answer_at = work.now
    if not information.left(request.asked, request.answered):
        request.answered_at = request.answered_at or work.now


def _checked(told: dict[str, Any], work: UnitOfWork) -> OrientationSubmitted:
    """Raises Invalid for what the contract or the rules refuse."""
    try:
        draft = OrientationSubmitted.model_validate(told)
    except ValidationError as error:
        errors = [FieldError(path, code, message) for path, code, message in explain(error)]
        raise Invalid("La réponse est à corriger. Rien n’est envoyé.", errors=errors) from None
    broken = rules.broken_by(draft, work.today)
    if broken:
        raise rules.together(*broken)
    return draft
