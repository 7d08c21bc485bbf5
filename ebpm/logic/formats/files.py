"""Files in and out: what a format writes, and what a reader is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.errors import SpecError

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel


@dataclass(frozen=True, slots=True)
class File:
    """A file: its name and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a writer.

    Parameters
    ----------
    lang : "ja" or "en"; the current language where None.
    link : ids of the link that is in question; two empty ones for the key link.
    """

    lang: str | None = None
    link: tuple[str, str] = ("", "")


Writer = Callable[["LogicModel", Wish], tuple[File, ...]]


@dataclass(frozen=True, slots=True)
class Format:
    """A form that a logic model is written in.

    Parameters
    ----------
    writers : by suffix of the file, the usual one first; under "" a folder of files.
    """

    writers: Mapping[str, Writer]


def one(suffix: str, make: Callable[[LogicModel, Wish], str | bytes]) -> dict[str, Writer]:
    """Return the writer of a single file from what makes its content."""

    def write(model: LogicModel, wish: Wish) -> tuple[File, ...]:
        content = make(model, wish)
        return (File(f"{model.model.id}{suffix}", content if isinstance(content, bytes) else content.encode()),)

    return {suffix: write}


def load(path: Path) -> File:
    """Return a file with its bytes.

    Raises
    ------
    SpecError : if it cannot be read.
    """
    try:
        return File(path.name, path.read_bytes())
    except OSError as error:
        raise SpecError("spec_no_file", file=str(path), detail=error.strerror or "", near="-") from error
