"""Every fault there is, by its name."""

from collections.abc import Mapping

from . import crashes, members, networks, outages, records
from .round import Fault

FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (*crashes.FAULTS, *outages.FAULTS, *networks.FAULTS, *records.FAULTS, *members.FAULTS)
}
