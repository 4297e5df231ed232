"""What the commission asks of an orientation: kept until it is answered; a direct producer is asked in turn."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from plie_chassis.calendar import paris_date
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.problems import FieldError, Invalid
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


@dataclass(frozen=True)
class AnswerRequest:
    orientation_id: UUID
    request_id: UUID
    answer: Answer
    author: Author


async def keep_request(received: Received[InformationRequested], work: UnitOfWork) -> None:
    """Only the CLAS that an orientation is addressed to asks of it. Raises Refused `ownership.not-owner`."""
    event = received.event
    known = await store.lock(work.session, event.orientation_id, EVERYTHING)
    if known is None or received.writer != f"{known.orientation.addressed_to}.admission":
        raise Refused("ownership.not-owner", "orientation_id")
    if await work.session.get(InformationRequest, event.request_id) is not None:
        return
    asked = InformationRequest(
        id=event.request_id,
        orientation_id=event.orientation_id,
        asked=list(dict.fromkeys(event.asked)),
        answered=[],
        asked_at=work.now,
    )
    work.session.add(asked)
    if known.producer is not None:
        work.emit(event, to=known.producer)


async def pass_answer_on(received: Received[InformationProvided], work: UnitOfWork) -> None:
    """A direct producer has answered; it sends corrected facts as it sent the first. Raises Refused `ownership.not-owner`."""
    event = received.event
    known = await store.lock(work.session, event.orientation_id, EVERYTHING)
    request = await work.session.get(InformationRequest, event.request_id)
    if known is None or received.writer != known.producer:
        raise Refused("ownership.not-owner", "orientation_id")
    if request is None or request.orientation_id != event.orientation_id:
        raise Refused("schema.invalid", "request_id")
    request.answered = list(dict.fromkeys([*request.answered, *event.answered]))
    if set(request.asked) <= set(request.answered):
        request.answered_at = request.answered_at or work.now
    work.emit(event, to=f"{known.orientation.addressed_to}.admission")


async def answer_request(command: AnswerRequest, work: UnitOfWork) -> Stored:
    """The answer goes into the orientation, the whole of it to the commission, and the codes on the notice.

    Raises UnknownOrientation, UnknownRequest, AlreadyAnswered, NoLongerAsked, EmptyAnswer, or a refusal of the rules.
    """
    sight = authors.sight(command.author, work.instance.organisation)
    stored = await store.lock(work.session, command.orientation_id, sight)
    if stored is None:
        raise UnknownOrientation
    request = await work.session.get(InformationRequest, command.request_id)
    if request is None or request.orientation_id != command.orientation_id:
        raise UnknownRequest
    information.still_asked(stored.orientation, request.answered_at and paris_date(request.answered_at))
    told = information.completed(stored.current, command.answer, work.today)
    after = _checked(told, work)
    clas = stored.orientation.addressed_to
    to = f"{clas}.admission"
    covering = territory_of(work.declaration).clas_of(after.person.commune_insee)
    address = Address(clas, by_continuity=clas != covering)
    orientation_id = stored.orientation.id
    fact = publication.fact(orientation_id, after, address, stored.received_at)
    if fact != publication.fact(orientation_id, stored.current, address, stored.received_at):
        work.emit(OrientationCorrected(**dict(fact), reason_code="changement-situation"))
    received_on = paris_date(stored.received_at)
    work.emit(publication.identity(orientation_id, after, stored.organisation, received_on), to=to)
    work.emit(
        InformationProvided(request_id=request.id, orientation_id=orientation_id, answered=tuple(request.asked)),
        to=to,
    )
    request.answered, request.answered_at = list(request.asked), work.now
    return await store.complete(work.session, stored, after)


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
