"""`ebpm plan`: freeze a plan, find where it departs from its lock, rehearse it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.commands.command import both
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    from ebpm.pilot import Pilot


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    freeze = _step(steps, "freeze")
    freeze.add_argument("--seen", default="", metavar="REASON", help=both("cli_plan_seen"))
    freeze.add_argument("--seen-ja", default="", metavar="REASON", help=both("cli_plan_seen_ja"))
    freeze.add_argument("--on", default="", metavar="DATE", help=both("cli_plan_on"))
    _step(steps, "diff")
    rehearse = _step(steps, "rehearse")
    rehearse.add_argument(
        "--outcomes", choices=("simulated", "shuffled"), default="simulated", help=both("cli_plan_outcomes")
    )
    rehearse.add_argument("--seed", type=int, default=1, help=both("cli_plan_seed"))


def _step(steps: argparse._SubParsersAction[argparse.ArgumentParser], name: str) -> argparse.ArgumentParser:
    words = both(f"cli_plan_{name}")
    found = steps.add_parser(name, help=words, description=words)
    found.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=both("cli_lang"))
    found.add_argument("pilots", nargs="*" if name != "rehearse" else 1, metavar="PILOT", help=both("cli_pilots"))
    return found


def run(options: argparse.Namespace) -> int:
    """Do the step for every pilot; 1 where a plan departs from its lock or an analysis did not run."""
    from ebpm.pilot import read_pilot
    from ebpm.run import discover

    act = {"freeze": _freeze, "diff": _diff, "rehearse": _rehearse}[options.step]
    return max(act(read_pilot(folder), options) for folder in discover(Path.cwd(), options.pilots))


def _freeze(pilot: Pilot, options: argparse.Namespace) -> int:
    from ebpm.pilot.planning.lock import freeze
    from ebpm.spec import Text

    seen = Text(ja=options.seen_ja or options.seen, en=options.seen) if options.seen else None
    lock = freeze(pilot.spec, pilot.folder, seen=seen, on=options.on)
    print(label("plan_frozen", pilot=pilot.spec.id, digest=lock.digest))
    if lock.outcomes_seen:
        print(label("plan_frozen_seen"))
    return 0


def _diff(pilot: Pilot, options: argparse.Namespace) -> int:  # noqa: ARG001
    from ebpm import __version__
    from ebpm.errors import SpecError
    from ebpm.records import code_digest

    lock = pilot.lock
    if lock is None:
        raise SpecError("plan_no_lock", pilot=pilot.spec.id)
    if lock.code.digest != code_digest():
        short = {"digest_before": lock.code.digest[:12], "digest_after": code_digest()[:12]}
        print(label("plan_code_changed", before=lock.code.version, after=__version__, **short))
    if pilot.deviations:
        print(pilot.spec.title.words())
        print(pilot.deviations.table().to_text())
        return 1
    print(label("plan_no_deviation", pilot=pilot.spec.id, frozen=lock.frozen))
    return 0


def _rehearse(pilot: Pilot, options: argparse.Namespace) -> int:
    from ebpm.table import Table

    evaluation = pilot.rehearse(outcomes=options.outcomes, seed=options.seed)
    print(label(f"rehearsal_{options.outcomes}"))
    failed = {one.analysis.id: one.error.explain() for one in evaluation.failures}
    rows = tuple(
        (label(f"role_{one.role}"), one.title.words(), failed.get(one.id, label("rehearsal_ran")))
        for one in pilot.spec.plan
    )
    print(Table(("role", "analysis", "rehearsed"), rows, label("table_rehearsal")).to_text())
    return 1 if failed else 0
