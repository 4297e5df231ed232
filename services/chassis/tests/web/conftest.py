"""The sample service on a real database, with a clock that tests move."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "web"))

from plie_chassis_sample.site import new_site, site

__all__ = ["new_site", "site"]
