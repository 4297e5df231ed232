"""The pytest plugin of the whole workspace: real servers, databases, instances and a browser, started once per run.

Every test has its own topics (organisations with random slugs) and its own databases, so that none sees another's.
"""

from plie_deploy.testing.browsers import browser, chromium
from plie_deploy.testing.databases import NewDatabase, database, schema_drift, schema_of, templates
from plie_deploy.testing.declarations import DECLARATION, Declare, Declared, declare, declared
from plie_deploy.testing.servers import kafka, postgres
from plie_deploy.testing.waiting import eventually

__all__ = [
    "DECLARATION",
    "Declare",
    "Declared",
    "NewDatabase",
    "browser",
    "chromium",
    "database",
    "declare",
    "declared",
    "eventually",
    "kafka",
    "postgres",
    "schema_drift",
    "schema_of",
    "templates",
]
