"""`ebpm power`: say how many units a trial needs, or what it can see."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from ebpm.commands.command import both, save_figure
from ebpm.commands.power_series import run_series

if TYPE_CHECKING:
    from ebpm.rct import TrialDesign

NUMBERS = {
    "size": 1.0, "icc": 0.0, "size_cv": 0.0, "r2": 0.0, "attrition": 0.0, "strata": 1.0, "block_r2": 0.0, "sd": 1.0,
}  # fmt: skip
ERRORS = ("recommended", "reml", "reml_averaged", "ols")
RULES = ("unpooled", "pooled", "arcsine", "fisher", "boschloo")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--effect", type=float, nargs="+", default=[], metavar="E", help=both("cli_effect"))
    parser.add_argument("--units", type=float, nargs="+", default=[], metavar="N", help=both("cli_units"))
    for name, value in NUMBERS.items():
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=float, default=value, metavar="X", help=both(f"cli_{name}"))
    parser.add_argument("--base", type=float, metavar="P", help=both("cli_base"))
    parser.add_argument("--shares", type=float, nargs="+", default=[0.5, 0.5], metavar="S", help=both("cli_shares"))
    parser.add_argument("--rule", choices=RULES, default="unpooled", help=both("cli_rule"))
    parser.add_argument("--paired", action="store_true", help=both("cli_paired"))
    parser.add_argument("--factors", type=int, default=1, metavar="K", help=both("cli_factors"))
    parser.add_argument("--interaction", action="store_true", help=both("cli_interaction"))
    parser.add_argument("--power", type=float, nargs="+", default=[0.8], metavar="P", help=both("cli_power_chance"))
    parser.add_argument("--level", type=float, default=0.95, metavar="L", help=both("cli_level"))
    parser.add_argument("--reference", choices=("t", "normal", "central_t"), default="t", help=both("cli_reference"))
    parser.add_argument("--figure", metavar="FILE", help=both("cli_figure"))
    parser.add_argument("--series", type=int, nargs="+", default=[], metavar="N", help=both("cli_series"))
    parser.add_argument("--rho", type=float, nargs="+", default=[0.0, 0.3, 0.6], metavar="R", help=both("cli_rho"))
    parser.add_argument("--before", type=float, default=0.5, metavar="S", help=both("cli_before"))
    parser.add_argument("--errors", choices=ERRORS, default="recommended", help=both("cli_errors"))


def run(options: argparse.Namespace) -> int:
    """Print the units that effects need, and the smallest effect that units can see."""
    from ebpm.errors import SpecError

    if options.series:
        return run_series(options)
    if not options.effect and not options.units:
        raise SpecError("cli_power_what")
    if options.icc > 0.0 and options.size == 1.0:
        raise SpecError("cli_power_icc", icc=f"{options.icc:g}")
    design = _design(options)
    if options.effect and options.units:
        print(_chances(design, options))
    elif options.effect:
        several = len(options.effect) > 1 or len(options.power) > 1
        print(_table(design, options) if several else _needed(design, options))
    if options.units:
        print(_seen(design, options))
    print(_assumed(design, options))
    if options.figure and options.effect:
        _draw(design, options)
    return 0


def _design(options: argparse.Namespace) -> TrialDesign:
    from ebpm.rct import Continuous, Proportion, TrialDesign

    outcome = Continuous(sd=options.sd)
    numbers = {name: getattr(options, name) for name in NUMBERS if name != "sd"}
    return TrialDesign(
        units=1.0, shares=tuple(share / sum(options.shares) for share in options.shares), paired=options.paired, factors=options.factors, interaction=options.interaction,
        outcome=outcome if options.base is None else Proportion(base=options.base, rule=options.rule), **numbers,
    )  # fmt: skip


def _assumed(design: TrialDesign, options: argparse.Namespace) -> str:
    from ebpm.texts import label

    binary = options.base is not None
    said: dict[str, dict[str, str]] = {
        "level": {"error": f"{100 * (1 - options.level):.3g}"},
        "base" if binary else "sd": {"base": f"{options.base:g}"} if binary else {"sd": f"{options.sd:g}"},
        "lots": {"size": f"{design.size:g}", "icc": f"{design.icc:g}"} if design.size > 1.0 else {},
        "size_cv": {"size_cv": f"{design.size_cv:g}"} if design.size > 1.0 and design.size_cv > 0.0 else {},
        f"test_{options.rule}": {"rule": options.rule} if binary else {},
        "paired": {"paired": "1"} if design.paired else {},
        "strata": {"strata": f"{design.strata:g}"} if design.strata > 1.0 else {},
        "block_r2": {"block_r2": f"{design.block_r2:g}"} if design.block_r2 > 0.0 else {},
        "interaction" if design.interaction else "factors": {"factors": f"{design.factors}"}
        if design.factors > 1
        else {},
        "r2": {"r2": f"{design.r2:g}"} if design.r2 > 0.0 else {},
        "lost": {"attrition": f"{design.attrition:g}"} if design.attrition > 0.0 else {},
        "arms": {"arms": str(len(design.shares) - 1)} if len(design.shares) > 2 else {},
    }
    parts = [label(f"cli_power_{code}", **facts) for code, facts in said.items() if facts]
    return label("cli_power_assumed", parts=label("cli_power_joint").join(parts))


def _table(design: TrialDesign, options: argparse.Namespace) -> str:
    from ebpm.rct import size_table
    from ebpm.texts import label

    found = size_table(
        design, options.effect, chances=options.power, conf_level=options.level, reference=options.reference
    )
    caption = label("cli_power_table", unit=label("cli_power_clusters" if design.size > 1.0 else "cli_power_people"))
    return f"{caption}\n{found.tables()[0].to_text()}"


def _needed(design: TrialDesign, options: argparse.Namespace) -> str:
    import math

    from ebpm.rct import sample_size
    from ebpm.texts import label

    (effect,), (chance,) = options.effect, options.power
    found = sample_size(design, effect, chance=chance, conf_level=options.level, reference=options.reference)
    facts = {"effect": f"{effect:g}", "chance": f"{100 * chance:g}"}
    if math.isinf(found.units):
        return label("cli_power_never", **facts)
    unit = label("cli_power_clusters" if design.size > 1.0 else "cli_power_people")
    arms = " + ".join(f"{count:,}" for count in found.per_arm)
    return label("cli_power_needed", units=f"{sum(found.per_arm):,}", arms=arms, unit=unit, **facts)


def _seen(design: TrialDesign, options: argparse.Namespace) -> str:
    from ebpm.rct import minimum_detectable_effect
    from ebpm.table import Table
    from ebpm.texts import label

    settings = {"conf_level": options.level, "reference": options.reference}
    down = bool(options.effect) and options.effect[0] < 0.0
    rows = tuple(
        (units, minimum_detectable_effect(replace(design, units=units), options.power[0], down=down, **settings))
        for units in options.units
    )
    caption = label("cli_power_caption", chance=f"{100 * options.power[0]:g}")
    return f"{caption}\n{Table(('units', 'detectable'), rows).to_text()}"


def _chances(design: TrialDesign, options: argparse.Namespace) -> str:
    from ebpm.rct import power
    from ebpm.table import Table
    from ebpm.texts import label

    settings = {"conf_level": options.level, "reference": options.reference}
    rows = tuple(
        (effect, units, power(replace(design, units=units), effect, **settings))
        for effect in options.effect
        for units in options.units
    )
    return f"{label('cli_power_at')}\n{Table(('effect', 'units', 'power'), rows).to_text()}"


def _draw(design: TrialDesign, options: argparse.Namespace) -> None:
    from ebpm.rct import power_curve, sample_size

    settings = {"conf_level": options.level, "reference": options.reference}
    most = 1.6 * max(sample_size(design, one, chance=max(options.power), **settings).units for one in options.effect)
    units = [most * step / 60.0 for step in range(6, 61)]
    effects = options.effect if len(options.effect) > 1 else [options.effect[0], options.effect[0] / 2.0]
    curve = power_curve(design, effects, units=units, **settings)
    save_figure(curve.plot(), options.figure)
