"""Submissions of direct producers: judged exactly as the body of a POST, by the same handler.

One that corrects what was submitted is the answer to what the commission asks, as a form's or the API's answer is.
"""

from plie_chassis.messaging.subscriptions import Received
from plie_chassis.problems import Problem
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.declaration import Producer
from plie_contracts.events import OrientationSubmitted
from plie_contracts.refusals import Refused
from plie_orientation.domain.authors import Author
from plie_orientation.handlers.information import CorrectSubmission, correct_submission
from plie_orientation.handlers.orientations import DuplicateReference, ReceiveOrientation, receive_orientation


async def take(received: Received[OrientationSubmitted], work: UnitOfWork) -> None:
    """The same content under the same reference is a silent success. Raises Refused with the code a POST would get."""
    producer = work.declaration.producers[received.writer]
    author = Author(producer.slug, producer.structure, frozenset({producer.kind}))
    try:
        await _take(ReceiveOrientation(_of(producer, received.event), author, producer=producer.slug), work)
    except Problem as problem:
        raise as_refusal(problem) from problem


async def _take(command: ReceiveOrientation, work: UnitOfWork) -> None:
    try:
        await receive_orientation(command, work)
    except DuplicateReference as duplicate:
        if duplicate.identical:
            return
        if await correct_submission(CorrectSubmission(duplicate.existing, command.draft), work) is None:
            raise


def _of(producer: Producer, told: OrientationSubmitted) -> OrientationSubmitted:
    """Under the structure that is declared, however a record spells it: a reference serves once in it."""
    prescriber = told.prescriber.model_copy(update={"structure": producer.structure})
    return told.model_copy(update={"prescriber": prescriber})


def as_refusal(problem: Problem) -> Refused:
    path = problem.errors[0].path if problem.errors else None
    return Refused(problem.code, path, problem.detail)
