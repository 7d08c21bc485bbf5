"""An interrupt from the keyboard is one, whatever an engine makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heard() -> Iterator[None]:
    """Raise KeyboardInterrupt for the RuntimeError by which DuckDB says that a query was interrupted; also a decorator."""
    try:
        yield
    except RuntimeError as error:
        if str(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from None
