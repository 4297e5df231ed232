"""Submissions of direct producers: judged exactly as the body of a POST, by the same handler.

One that corrects what was submitted is the answer to what the commission asks, as a form's or the API's answer is.
"""

from plie_chassis.messaging.subscriptions import Received
from plie_chassis.problems import Problem
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import OrientationSubmitted
from plie_contracts.refusals import Refused
from plie_orientation.domain.authors import Author
from plie_orientation.handlers.information import CorrectSubmission, correct_submission
from plie_orientation.handlers.orientations import DuplicateReference, ReceiveOrientation, receive_orientation


async def take(received: Received[OrientationSubmitted], work: UnitOfWork) -> None:
    """The same content under the same reference is a silent success. Raises Refused with the code a POST would get."""
    producer = received.writer
    author = Author(producer, structure=None, kinds=frozenset(work.declaration.prescriber_kinds(producer)))
    try:
        await _take(ReceiveOrientation(received.event, author, producer=producer), work)
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


def as_refusal(problem: Problem) -> Refused:
    path = problem.errors[0].path if problem.errors else None
    return Refused(problem.code, path, problem.detail)
