"""`ebpm audit`: what is known on each causal link of a folder of logic models, and what to evaluate next."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.commands.command import both
from ebpm.commands.lint import PILOT, discovered
from ebpm.errors import EbpmError, SpecError
from ebpm.texts import current_language

if TYPE_CHECKING:
    from ebpm.logic import Audit, LogicModel, Prospect
    from ebpm.logic.auditing.audit import Link


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("paths", nargs="*", metavar="FOLDER", help=both("cli_audit_folder"))
    parser.add_argument("--pilots", type=Path, default=Path("pilots"), metavar="FOLDER", help=both("cli_audit_pilots"))
    parser.add_argument("--top", type=int, default=10, metavar="N", help=both("cli_audit_top"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=both("cli_audit_out"))


def run(options: argparse.Namespace) -> int:
    """Print or write the audit; 1 where a model could not be read or audited."""
    from ebpm.logic import audit

    files = discovered(options.paths or ["logic_models"])
    models, unread = _models(file for file in files if file.name != PILOT)
    found = audit(models, prospects=_prospects(options.pilots))
    for error in unread:
        print(error.explain(), file=sys.stderr)
    if options.out is None:
        print(found.summary(top=options.top))
    else:
        options.out.write_text(_written(found, options.out.suffix), encoding="utf-8", newline="\n")
        print(options.out)
    return 1 if unread or found.refused else 0


def _models(files: Iterable[Path]) -> tuple[list[LogicModel], list[EbpmError]]:
    from ebpm.logic import read_logic_model

    models, unread = [], list[EbpmError]()
    for file in files:
        try:
            models.append(read_logic_model(file))
        except EbpmError as error:
            unread.append(error)
    return models, unread


def _prospects(folder: Path) -> dict[Link, Prospect]:
    """Return what the pilots below a folder know of their links; twins, which name no model, know nothing."""
    from ebpm.pilot import read_pilot
    from ebpm.pilot.prospect import prospect

    found = {}
    for file in sorted(folder.glob("**/pilot.yaml")):
        pilot = read_pilot(file.parent)
        if pilot.logic_model is not None and pilot.spec.link is not None:
            link = pilot.spec.link
            found[pilot.logic_model.model.id, link.from_, link.to] = prospect(pilot)
    return found


def _written(found: Audit, suffix: str) -> str:
    forms = {
        ".html": found.to_html,
        ".md": found.to_markdown,
        ".csv": lambda _: found.tidy().to_csv(index=False, lineterminator="\n"),
    }
    if suffix not in forms:
        raise SpecError("report_format", ending=suffix or "-", known=", ".join(forms))
    return str(forms[suffix](current_language()))
