"""Python's garbage collector, in a process that lives long or takes much at once."""

import gc

BEFORE_A_LOOK = 10_000, 50, 100
"""Objects made, looks at the young, looks at the middle-aged: a batch of events lives through a look or two, not through hundreds."""


def look_rarely() -> None:
    """What was imported stays, and is never looked at again; what comes is looked at less often than by default.

    Call it once, when all is imported.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*BEFORE_A_LOOK)
