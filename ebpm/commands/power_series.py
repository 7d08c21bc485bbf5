"""`ebpm power --series`: what a planned interrupted time series can see."""

from __future__ import annotations

import argparse

from ebpm.commands.command import save_figure


def run_series(options: argparse.Namespace) -> int:
    """Print power and the smallest change that is seen, for each number of periods and autocorrelation."""
    from itertools import product

    from ebpm import its
    from ebpm.errors import SpecError

    if len(options.effect) > 1 or len(options.power) > 1:
        raise SpecError("cli_power_series")
    designs = [
        its.SeriesDesign(periods=periods, before=round(options.before * periods), autocorrelation=rho, sd=options.sd)
        for rho, periods in product(options.rho, options.series)
    ]
    effect = options.effect[0] if options.effect else 0.0
    found = its.power(designs, effect, chance=options.power[0], errors=options.errors, conf_level=options.level)
    print("\n".join([*found.lines(), found.tables()[0].to_text()]))
    if options.figure:
        save_figure(found.plot(), options.figure)
    return 0
