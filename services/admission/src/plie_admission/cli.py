"""`plie-admission`."""

from plie_admission.app import SERVICE
from plie_chassis import cli

main = cli.build(SERVICE)
