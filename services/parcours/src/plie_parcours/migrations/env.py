"""Alembic's entry point."""

from plie_chassis.database import run_migrations

run_migrations()
