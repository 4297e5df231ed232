"""Alembic's entry point."""

from plie_chassis.migrations import run_migrations

run_migrations()
