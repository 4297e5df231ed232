"""`plie-orientation`: serve, migrate and administer one instance."""

from plie_chassis.cli import build
from plie_orientation.app import SERVICE

main = build(SERVICE)
