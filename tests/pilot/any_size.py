"""The pilot of the notebook of four sources, on as many homes as a test wants."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import ebpm

FOLDER = Path(__file__).parents[2] / "notebooks" / "any_size" / "four_sources"
PILOT = ebpm.read_pilot(FOLDER)
_found = importlib.util.spec_from_file_location("readings", FOLDER / "readings.py")
assert _found is not None
assert _found.loader is not None
_module = importlib.util.module_from_spec(_found)
_found.loader.exec_module(_module)
homes = _module.homes
write_readings = _module.write_readings


def answers_of(evaluation):
    """Return estimate and standard error of each headline, in full."""
    heads = {one.analysis.id: one.estimates.headline for one in evaluation.results}
    return {name: (one.estimate, one.std_error) for name, one in heads.items()}
