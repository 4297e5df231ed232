"""Routes say what they take by plain annotations, as any function does."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from litestar.exceptions import LitestarDeprecationWarning


@contextmanager
def plain_annotations() -> Iterator[None]:
    """While an application is built: Litestar 3 will ask for a marker on each parameter, Litestar 2 only warns."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore",
            message=".*(deprecated inferred|Inferred dependency|Reserved kwarg)",
            category=LitestarDeprecationWarning,
        )
        yield
