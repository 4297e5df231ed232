"""`plie-parcours`: serve, migrate, check, users, tokens and dead-letters of a Maison."""

from plie_chassis.cli import build
from plie_parcours.app import SERVICE

main = build(SERVICE)
