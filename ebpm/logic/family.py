"""Models that belong together: a plan, its measures, the projects that work them out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ebpm.errors import SpecError, did_you_mean
from ebpm.logic.model import LogicModel, read_logic_model
from ebpm.logic.rules.words import Phrase
from ebpm.spec.problems import Problem, fail
from ebpm.spec.yaml import parse
from ebpm.table import Table
from ebpm.texts import label

Models = dict[str, LogicModel]
LEVELS = ("plan", "policy", "programme", "project")


@dataclass(frozen=True, slots=True)
class Family:
    """Logic models whose links to their parents were checked.

    Parameters
    ----------
    name : the folder they were read from.
    models : by id.
    """

    name: str
    models: tuple[LogicModel, ...]

    def __getitem__(self, wanted: str) -> LogicModel:
        """Return a model by its id.

        Raises
        ------
        SpecError : if there is none.
        """
        for model in self.models:
            if model.model.id == wanted:
                return model
        near = did_you_mean(wanted, (model.model.id for model in self.models))
        raise SpecError("logic_no_part", id=wanted, model=self.name, near=near or "-")

    @property
    def roots(self) -> tuple[LogicModel, ...]:
        """The models without a parent."""
        return tuple(model for model in self.models if model.model.parent is None)

    def children(self, wanted: str, node: str | None = None) -> tuple[LogicModel, ...]:
        """Return the models that work out a model, or one of its nodes."""
        self[wanted]
        found = (model for model in self.models if model.model.parent == wanted)
        return tuple(model for model in found if node is None or model.model.parent_node == node)

    def line(self, wanted: str) -> tuple[LogicModel, ...]:
        """Return the models from a root down to one of them."""
        model = self[wanted]
        above = model.model.parent
        return (*self.line(above), model) if above is not None else (model,)

    def table(self, lang: str | None = None) -> Table:
        """Return one row a model, each below its parent."""
        rows = (row for root in self.roots for row in self._rows(root))
        columns = ("family_level", "family_model", "family_parent", "family_node")
        return Table(columns, tuple(rows), label("family_caption", lang, folder=Path(self.name).name))

    def _rows(self, model: LogicModel) -> Iterator[tuple[object, ...]]:
        about = model.model
        parent = self[about.parent] if about.parent is not None else None
        node = parent.node(about.parent_node).text if parent is not None and about.parent_node is not None else ""
        yield Phrase(f"level_{about.level}"), about.title, parent.model.title if parent is not None else "", node
        for child in self.children(about.id):
            yield from self._rows(child)


def read_family(folder: Path | str) -> Family:
    """Read every logic model of a folder and check that each names a parent, and a node of it, that exist.

    Parameters
    ----------
    folder : holds the models as `*.yaml`.

    Raises
    ------
    SpecError : with every broken link, its file and its line; or with the problems of a file that is no logic model.

    Examples
    --------
    >>> from ebpm.logic import read_family
    >>> family = read_family("logic_models")
    >>> [model.model.id for model in family.line("cardiac_rehab")]
    ['data_utilisation_plan', 'cardiac_rehab']
    """
    files = sorted(Path(folder).glob("*.yaml"))
    if not files:
        raise SpecError("spec_no_file", file=f"{folder}/*.yaml", detail="", near="-")
    models = {file.name: read_logic_model(file) for file in files}
    firsts = {model.model.id: name for name, model in reversed(models.items())}
    problems = tuple(problem for name in models for problem in _problems(models, name, firsts))
    if problems:
        raise fail(str(folder), problems)
    return Family(str(folder), tuple(models.values()))


def _problems(models: Models, name: str, firsts: dict[str, str]) -> Iterator[Problem]:
    about = models[name].model
    if firsts[about.id] != name:
        yield _at(models, name, "id", "logic_twice_a_family", id=about.id, other=firsts[about.id])
    if about.parent is None:
        if about.parent_node is not None:
            yield _at(models, name, "parent_node", "logic_parent_alone", node=about.parent_node)
    elif about.parent not in firsts:
        near = did_you_mean(about.parent, firsts)
        yield _at(models, name, "parent", "logic_no_parent", parent=about.parent, near=near)
    else:
        yield from _wrong_parent(models, name, models[firsts[about.parent]])
        path = _upwards(about.id, {wanted: models[file].model.parent for wanted, file in firsts.items()})
        if path[-1] == about.id and about.id == min(path):
            yield _at(models, name, "parent", "logic_parent_circle", circle=" -> ".join(path))


def _wrong_parent(models: Models, name: str, parent: LogicModel) -> Iterator[Problem]:
    about, nodes = models[name].model, [node.id for node in parent.nodes]
    if about.parent_node is not None and about.parent_node not in nodes:
        facts = {"node": about.parent_node, "parent": parent.model.id, "near": did_you_mean(about.parent_node, nodes)}
        yield _at(models, name, "parent_node", "logic_no_parent_node", **facts)
    if LEVELS.index(parent.model.level) >= LEVELS.index(about.level):
        facts = {"level": about.level, "parent": parent.model.id, "above": parent.model.level}
        yield _at(models, name, "parent", "logic_parent_below", **facts)


def _upwards(start: str, parents: dict[str, str | None]) -> tuple[str, ...]:
    """Return the ids from one up to its root, or to the first that comes a second time."""
    path = [start]
    while (above := parents.get(path[-1])) is not None:
        path.append(above)
        if above in path[:-1]:
            break
    return tuple(path)


def _at(models: Models, name: str, key: str, code: str, **facts: object) -> Problem:
    line = parse(models[name].to_yaml()).line(("model", key))
    return Problem.at(line, (name, "model", key), code, **facts)
