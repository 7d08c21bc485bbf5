"""`ebpm draw`: a logic model on paper, or as a page to explore."""

from __future__ import annotations

import argparse
from pathlib import Path

from ebpm.commands.command import both
from ebpm.texts import current_language


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("model", metavar="MODEL", help=both("cli_model"))
    parser.add_argument("--out", type=Path, help=both("cli_draw_out"))
    parser.add_argument("--paper", choices=("A4", "A3"), default="A4", help=both("cli_paper"))
    parser.add_argument("--no-indicators", dest="indicators", action="store_false", help=both("cli_no_indicators"))


def run(options: argparse.Namespace) -> int:
    """Write the drawing or the page and print the paths."""
    from ebpm.logic import read_logic_model

    model, lang = read_logic_model(options.model), current_language()
    out = options.out or Path(f"{model.model.id}.{lang}.svg")
    if out.suffix.lower() in {".html", ".htm"}:
        out.write_text(model.page(lang), encoding="utf-8", newline="\n")
        print(out)
        return 0
    files = model.save_drawing(out, lang=lang, paper=options.paper, indicators=options.indicators)
    print("\n".join(map(str, files)))
    return 0
