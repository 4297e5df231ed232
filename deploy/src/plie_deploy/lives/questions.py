"""The commission asks the prescriber for what a file lacks; some questions have their answer, others wait for it."""

from collections.abc import Sequence

from plie_admission.handlers.requests import AskPrescriber, ask_prescriber
from plie_chassis.service import Runtime
from plie_chassis.unit_of_work import Actor
from plie_contracts.vocabulary import codes
from plie_deploy.lives.life import Life
from plie_orientation.domain.authors import Author
from plie_orientation.domain.information import Answer
from plie_orientation.handlers.information import AnswerRequest, answer_request

ASKED: tuple[tuple[tuple[str, ...], Answer | None], ...] = (
    (("coordonnees", "motivation"), None),
    (
        ("situation-emploi",),
        Answer(text="Toujours sans emploi, avec deux missions d’intérim d’une semaine cette année."),
    ),
    (("justificatif-domicile", "parcours-anterieur"), Answer(proof_of_address="quittance")),
    (("adhesion",), None),
    (
        ("motivation", "autre"),
        Answer(text="Vise un poste en cuisine collective.", text_answers=("motivation", "autre")),
    ),
)
"""What is asked of the last files of each prescriber, and what it answers; None is still waited for."""


async def ask(runtime: Runtime, waiting: Sequence[Life], secretary: Actor) -> None:
    """Of the files that no session has seen yet, the latest of each prescribing organisation: today, as Kafka dates it."""
    fresh = [life for life in waiting if life.deferred_until is None and life.orientation_id]
    for host in sorted({life.person.host for life in fresh}):
        latest = [life for life in reversed(fresh) if life.person.host == host]
        for life, (asked, _) in zip(latest, ASKED, strict=False):
            if life.orientation_id is not None:
                async with runtime.units.begin(actor=secretary) as work:
                    await ask_prescriber(AskPrescriber(life.orientation_id, asked), work)
                life.question = asked


async def answer(runtime: Runtime, lives: Sequence[Life]) -> None:
    author = Author(runtime.instance.organisation, None, frozenset(codes("prescriber-kind")))
    answers = dict(ASKED)
    for life in lives:
        if life.question is None or life.orientation_id is None:
            continue
        told = answers[life.question]
        if told is not None:
            async with runtime.units.begin() as work:
                await answer_request(AnswerRequest(life.orientation_id, told, author), work)
