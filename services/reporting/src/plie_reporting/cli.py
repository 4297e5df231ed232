"""`plie-reporting`: serve, migrate and administer the instance."""

from plie_chassis.cli import build
from plie_reporting.app import SERVICE

main = build(SERVICE)
