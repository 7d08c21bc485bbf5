"""Do the words say what the stage means? Word lists find them, so these rules only ever warn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ebpm.logic.rules.case import Finds, of_model
from ebpm.logic.rules.lexicon import found, japanese, quoted
from ebpm.notices import Rule
from ebpm.spec import Spec, Text

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel


def outputs_as_outcomes(model: LogicModel) -> Finds:
    """Outcomes, and indicators of outcomes, in words of what was done."""
    places = [(node.id, node.text) for node in model.nodes if node.stage == "outcome"]
    places += [(one.id, one.name) for one in model.indicators if one.kind == "outcome"]
    yield from _with_words("output_words", places)


def outcomes_as_outputs(model: LogicModel) -> Finds:
    """Activities and outputs in words of what should change."""
    yield from _with_words(
        "outcome_words", [(node.id, node.text) for node in model.nodes if node.stage in {"activity", "output"}]
    )


def double_barrelled(model: LogicModel) -> Finds:
    """Indicators whose name joins two things."""
    yield from _with_words("joints", [(one.id, one.name) for one in model.indicators])


def _with_words(name: str, places: list[tuple[str, Text]]) -> Finds:
    for about, text in places:
        word = quoted(name, text)
        if word is not None:
            yield about, {"text": text, "word": word}


def used_twice(model: LogicModel) -> Finds:
    """The same indicator under two nodes without a word about it."""
    groups: dict[str, list[str]] = defaultdict(list)
    for indicator in model.indicators:
        if not indicator.shared and indicator.same_as is None:
            groups["".join(indicator.name.words("ja").split()).lower()].append(indicator.id)
    nodes = {indicator.id: (indicator.node, indicator.name) for indicator in model.indicators}
    for ids in groups.values():
        if len({nodes[one][0] for one in ids}) > 1:
            for one in ids:
                others = ", ".join(sorted(set(ids) - {one}))
                yield one, {"name": nodes[one][1], "count": len(ids), "others": others}


def only_self_reports(model: LogicModel) -> Finds:
    """Models whose every outcome is known only from what people say of themselves."""
    outcomes = [one for one in model.indicators if one.kind == "outcome"]
    if outcomes and all(
        found("self_reports", one.name, one.definition) or found("surveys", one.source, one.method) for one in outcomes
    ):
        yield model.model.id, {"count": len(outcomes)}


def missing_language(model: LogicModel) -> Finds:
    """Parts of the model that say something in one language only."""
    for about, part in _parts(model):
        paths = [
            path for path, text in _texts(part, "") if not text.ja.strip() or not text.en.strip() or japanese(text.en)
        ]
        if paths:
            yield about, {"fields": ", ".join(paths), "count": len(paths)}


def _parts(model: LogicModel) -> Iterator[tuple[str, object]]:
    yield model.model.id, model.model
    groups = (model.nodes, model.assumptions, model.externals, model.harms, model.indicators, model.evidence)
    yield from ((part.id, part) for group in groups for part in group)
    yield from ((edge.name, edge) for edge in model.edges)


def _texts(value: object, path: str) -> Iterator[tuple[str, Text]]:
    if isinstance(value, Text):
        yield path, value
    elif isinstance(value, tuple):
        for at, item in enumerate(value):
            yield from _texts(item, f"{path}[{at}]")
    elif isinstance(value, Spec):
        for name, item in value.__dict__.items():
            yield from _texts(item, f"{path}.{name}".removeprefix("."))


RULES = (
    Rule("LM008", of_model(outputs_as_outcomes)),
    Rule("LM009", of_model(outcomes_as_outputs)),
    Rule("LM021", of_model(double_barrelled)),
    Rule("LM022", of_model(used_twice)),
    Rule("LM024", of_model(only_self_reports)),
    Rule("LM035", of_model(missing_language)),
)
