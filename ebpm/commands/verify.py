"""`ebpm verify`: run pilots or a bundle again and say, number by number, what reproduced."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.commands.command import both
from ebpm.errors import SpecError
from ebpm.texts import label, words

if TYPE_CHECKING:
    from ebpm.review.findings import Verification
    from ebpm.review.verify import Terms


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("what", nargs="*", metavar="PILOT|BUNDLE", help=both("cli_verify_what"))
    parser.add_argument("--jobs", type=int, default=2, help=both("cli_jobs"))
    parser.add_argument("--tolerance", type=float, default=1e-8, help=both("cli_verify_tolerance"))
    parser.add_argument("--no-notebooks", dest="notebooks", action="store_false", help=both("cli_no_notebooks"))
    parser.add_argument("--sha256", default="", metavar="DIGEST", help=both("cli_verify_sha256"))
    parser.add_argument("--moments", nargs="+", type=Path, metavar="FILE", help=both("cli_verify_moments"))
    parser.add_argument("--json", action="store_true", help=both("cli_verify_json"))
    parser.add_argument("--html", type=Path, metavar="FILE", help=both("cli_verify_html"))


def run(options: argparse.Namespace) -> int:
    """Print what was found; 1 where something differs, is missing, is extra, was tampered with or goes around the door."""
    from ebpm.review.verify import Terms

    found = _found(options, Terms(options.tolerance, options.notebooks))
    if options.html:
        from ebpm.records import write_whole
        from ebpm.review.page import html

        write_whole(options.html, html(found).encode())
    if options.json:
        print(json.dumps(found.record(), ensure_ascii=False, indent=1))
    else:
        _say(found)
    return 0 if found.ok else 1


def _found(options: argparse.Namespace, terms: Terms) -> Verification:
    from ebpm.review.bundled import joined, verify_bundle, verify_pilots
    from ebpm.run import discover

    if len(options.what) == 1 and Path(options.what[0]).is_file():
        file = Path(options.what[0])
        _refuse_other(file, options.sha256)
        return verify_bundle(file, jobs=options.jobs, terms=terms)
    folders = discover(Path.cwd(), options.what)
    if options.moments:
        from ebpm.review.from_moments import verify_moments

        return verify_moments(_only(folders), options.moments, terms)
    print(label("verify_running", count=len(folders)), file=sys.stderr)
    found = verify_pilots(folders, jobs=options.jobs, terms=terms)
    return found[0] if len(found) == 1 else joined(", ".join(one.name for one in found), found)


def _only(folders: Sequence[Path]) -> Path:
    """Return the pilot that moment files are of."""
    if len(folders) != 1:
        raise SpecError("verify_one_pilot", count=len(folders), pilots=", ".join(folder.name for folder in folders))
    return folders[0]


def _refuse_other(file: Path, wanted: str) -> None:
    from ebpm.errors import DataError
    from ebpm.records import digest

    found = digest(file.read_bytes())
    if wanted and found != wanted.strip().lower():
        raise DataError("bundle_other", file=file.name, wanted=wanted, found=found)


def _say(found: Verification) -> None:
    print(found.sentence())
    for one in found.remarks:
        print(words(one))
    if found.bad:
        print(found.table(findings=found.bad).to_text())
