"""The pages of the commission: dossiers reçus, one dossier, séances, one séance from its agenda to its minutes."""

from collections.abc import Mapping

from plie_admission.queries.files import waiting
from plie_admission.web.pages import agenda, closed, closing, documents, files, session, sessions, statistics
from plie_chassis.unit_of_work import UnitOfWork

ROUTES = tuple(part.ROUTES for part in (files, sessions, session, agenda, closing, closed, documents, statistics))


async def counts(work: UnitOfWork) -> Mapping[str, int]:
    """At « Dossiers reçus »: those that wait for a session."""
    return {"/": await waiting(work)}
