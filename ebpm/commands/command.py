"""What a command is, and how its help says things in both languages."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.errors import SpecError
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("svg", "png", "pdf")


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the command line.

    Parameters
    ----------
    name : as it is typed; `label.cli_<name>` of the texts is its help.
    arguments : adds its arguments to its parser.
    run : does it and returns the exit status: 0 done, 1 something was found or failed.
    """

    name: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def both(code: str) -> str:
    """Return a label in Japanese and in English, for help."""
    return f"{label(code, 'ja')} / {label(code, 'en')}"


def save_figure(axes: Axes, path: str) -> None:
    """Write the figure of some axes.

    Raises
    ------
    SpecError : if the name does not end in a kind that is drawn.
    """
    known = [f".{kind}" for kind in KINDS]
    if Path(path).suffix.lower() not in known:
        raise SpecError("drawing_kind", path=path, known=", ".join(known))
    figure = axes.get_figure(root=True)
    if figure is not None:
        figure.savefig(path)
