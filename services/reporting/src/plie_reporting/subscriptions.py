"""What reporting listens to: every fact of every organisation, a batch at a time."""

from plie_chassis.messaging.subscriptions import reads_all
from plie_reporting.handlers import facts

SUBSCRIPTIONS = reads_all(facts.apply)
