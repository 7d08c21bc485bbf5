"""Which rules count, how gravely, at which thresholds: profiles are data (profiles.toml), and nothing else changes a severity."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from ebpm.errors import SpecError, did_you_mean
from ebpm.notices import Notice, Severity
from ebpm.texts import label

DEFAULT = "yokohama-jigyo"


@dataclass(frozen=True, slots=True)
class Profile:
    """A way to read logic models.

    Parameters
    ----------
    name : as in profiles.toml.
    severities : of the rules that count, before `severity` changes any.
    without : codes of rules that do not count.
    severity : severities that differ from those of the texts, by code.
    verbose : whether reasons and sources are told with each notice.
    stage_nodes : the most nodes of one stage.
    over_achievement : value over target beyond which the target is questioned.
    response_rate : share of answers below which non-response must be discussed.
    least_level : the lowest level of each scale that carries the word "effect"; other scales are not judged.
    """

    name: str
    severities: tuple[Severity, ...]
    without: tuple[str, ...]
    severity: Mapping[str, Severity]
    verbose: bool
    stage_nodes: int
    over_achievement: float
    response_rate: float
    least_level: Mapping[str, float]

    def title(self, lang: str | None = None) -> str:
        """Return what the profile is for."""
        return label(f"logic_profile_{self.name.replace('-', '_')}", lang)

    def counts(self, code: str) -> bool:
        """Return whether a rule counts."""
        return code not in self.without and Notice(code).severity in self.severities

    def weighed(self, notice: Notice) -> Notice:
        """Return a notice with the severity that it has under this profile."""
        level = self.severity.get(notice.code)
        return notice if level is None else replace(notice, level=level)


@cache
def profiles() -> Mapping[str, Profile]:
    """Return all profiles by name."""
    text = files("ebpm.logic").joinpath("profiles.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    default = found.pop("default")
    return MappingProxyType({name: _profile(name, {**default, **changes}) for name, changes in found.items()})


def _profile(name: str, values: Mapping[str, Any]) -> Profile:
    return Profile(
        name,
        severities=tuple(values["severities"]),
        without=tuple(values["without"]),
        severity=MappingProxyType(values["severity"]),
        verbose=values["verbose"],
        stage_nodes=values["stage_nodes"],
        over_achievement=values["over_achievement"],
        response_rate=values["response_rate"],
        least_level=MappingProxyType(values["least_level"]),
    )


def profile_of(name: str) -> Profile:
    """Return a profile.

    Parameters
    ----------
    name : "draft", "yokohama-jigyo", "review-sheet", "pilot-evaluation" or "training".

    Raises
    ------
    SpecError : if there is none of that name.

    Examples
    --------
    >>> from ebpm.logic.profiles import profile_of
    >>> profile_of("draft").severities
    ('error',)
    """
    if name not in profiles():
        raise SpecError("lint_no_profile", profile=name, near=did_you_mean(name, profiles()))
    return profiles()[name]
