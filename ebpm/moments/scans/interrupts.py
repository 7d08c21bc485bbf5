"""An interrupt from the keyboard is one, whatever an engine makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

SAID = {"Query interrupted", "Gateway must be connected to send cancel cmd."}  # by DuckDB, and by the bridge to Spark


@contextmanager
def heard() -> Iterator[None]:
    """Raise KeyboardInterrupt for the errors by which DuckDB and Spark say that a query was interrupted; also a decorator."""
    try:
        yield
    except Exception as error:
        if str(error) not in SAID:
            raise
        raise KeyboardInterrupt from None
