"""The pages of the commission: dossiers reçus, one dossier, séances, one séance from its agenda to its minutes."""

from collections.abc import Mapping

from plie_admission.queries.files import waiting
from plie_admission.web.pages import agenda, documents, files, session, sessions, statistics
from plie_chassis.unit_of_work import UnitOfWork

ROUTES = (files.ROUTES, sessions.ROUTES, session.ROUTES, agenda.ROUTES, documents.ROUTES, statistics.ROUTES)


async def counts(work: UnitOfWork) -> Mapping[str, int]:
    """At « Dossiers reçus »: those that wait for a session."""
    return {"/": await waiting(work)}
