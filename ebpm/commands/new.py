"""`ebpm new`: a commented file to fill in, in the language of the user."""

from __future__ import annotations

import argparse
import re
from datetime import date
from importlib.resources import files
from pathlib import Path

from ebpm.commands.command import both
from ebpm.errors import SpecError
from ebpm.texts import current_language, label

NAME = re.compile(r"[a-z][a-z0-9_]*")
EDGE = ("o_reached", "oc_first")
"""The key link of the model that `ebpm new model` writes."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("what", choices=("model", "pilot"), help=both("cli_new_what"))
    parser.add_argument("name", metavar="NAME", help=both("cli_new_name"))


def run(options: argparse.Namespace) -> int:
    """Write the files below the current folder and say what to do next; what is there already stays."""
    from ebpm.logic.blank import blank_text

    if not NAME.fullmatch(options.name):
        raise SpecError("new_name", name=options.name)
    model = Path("logic_models") / f"{options.name}.yaml"
    pilot = Path("pilots") / options.name / "pilot.yaml"
    target = model if options.what == "model" else pilot
    if target.exists():
        raise SpecError("new_exists", path=target.as_posix())
    today = date.today()  # noqa: DTZ011
    year = today.year - (today.month < 4)
    if options.what == "model" or not model.exists():
        _write(model, blank_text(options.name, fiscal_year=year))
    if options.what == "pilot":
        _write(pilot, _blank_pilot(options.name, year, _key_link(model)))
    print(label("cli_new_next", model=model.as_posix()))
    return 0


def _key_link(model: Path) -> tuple[str, str]:
    """Return the key link of a model, or its first."""
    from ebpm.logic import read_logic_model

    edges = sorted(read_logic_model(model).edges, key=lambda edge: not edge.key)
    return (edges[0].from_, edges[0].to) if edges else EDGE


def _blank_pilot(name: str, year: int, link: tuple[str, str]) -> str:
    source = files("ebpm.commands") / "templates" / f"pilot.{current_language()}.yaml"
    return source.read_text(encoding="utf-8").format(name=name, year=year, start=link[0], end=link[1])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    print(label("cli_new_written", path=path.as_posix()))
