"""`ebpm evidence`: write a pilot's result back onto the link of its logic model."""

from __future__ import annotations

import argparse
from pathlib import Path

from ebpm.commands.command import both
from ebpm.texts import label

PROFILE = "pilot-evaluation"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("pilot", metavar="PILOT", help=both("cli_pilot"))
    parser.add_argument("--on", metavar="DATE", help=both("cli_evidence_on"))
    parser.add_argument("--write", action="store_true", help=both("cli_evidence_write"))


def run(options: argparse.Namespace) -> int:
    """Say what would be added and which notices it settles; with --write, add it to the YAML with its comments kept."""
    from ebpm.errors import SpecError
    from ebpm.logic import raised, settled
    from ebpm.pilot import read_pilot
    from ebpm.run import discover

    (folder,) = discover(Path.cwd(), [options.pilot])
    pilot = read_pilot(folder)
    before = pilot.logic_model
    if before is None:
        raise SpecError("pilot_no_link", pilot=pilot.spec.id)
    evaluation = pilot.evaluate()
    after = before.with_evidence(evaluation, on=options.on)
    print(evaluation.conclusion())
    if after is before:
        print(label("feedback_none"))
        return 0
    edge = after.edge(*evaluation.link)
    print(label("feedback_added", edge=edge.name, id=edge.evidence[-1], count=len(edge.evidence) - 1))
    for code, notices in (
        ("feedback_settled", settled(before, after, profile=PROFILE)),
        ("feedback_raised", raised(before, after, profile=PROFILE)),
    ):
        print(
            label(code, notices=", ".join(f"{one.code} [{one.about}]" for one in notices) or label("feedback_nobody"))
        )
    if options.write:
        file = folder / pilot.spec.logic_model
        after.write(file)
        print(label("feedback_wrote", file=file.name))
    return 0
