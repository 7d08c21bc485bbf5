"""Two versions of a logic model: what was added, removed, changed, moved, strengthened and weakened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ebpm.logic.drawing.marks import Kind as Sign
from ebpm.logic.drawing.marks import Marks
from ebpm.logic.drawing.notes import baseline, target
from ebpm.logic.parts import Edge, Evidence, Indicator
from ebpm.logic.spelled import Measured, Sayer, spelled, titled
from ebpm.records import carrying
from ebpm.spec import Spec
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.logic.drawing.sheet import PaperName
    from ebpm.logic.model import LogicModel

Kind = Literal["added", "removed", "changed", "moved", "strengthened", "weakened"]
Place = Literal["about", "node", "link", "indicator", "evidence", "assumption", "external", "harm"]
PARTS: Mapping[Place, str] = {
    "node": "nodes", "indicator": "indicators", "evidence": "evidence", "assumption": "assumptions", "external": "externals",
    "harm": "harms",
}  # fmt: skip
REST = ("viewpoints", "observations", "statuses", "appraisals", "lint_ignore")
"""What is only counted."""
SAYERS: Mapping[str, Sayer] = {"baseline": baseline, "target": lambda _, one, lang: target(one, lang)}
VALUES = ("baseline", "targets")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs.

    Parameters
    ----------
    place : what it is: the model itself, a node, a link, an indicator, evidence, an assumption, an external factor or a harm.
    kind : added, removed, changed, moved (a link whose one end is another node), strengthened or weakened (evidence).
    about : its id, or the two ids of a link.
    field : which of its fields; empty for the whole.
    old, new : what is written in each version, in words.
    """

    place: Place
    kind: Kind
    about: str
    field: str = ""
    old: object = ""
    new: object = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two versions of a logic model, in the order of its file."""

    old: LogicModel
    new: LogicModel
    differences: tuple[Difference, ...]

    def __bool__(self) -> bool:
        return bool(self.differences)

    def of(self, place: Place, kind: Kind | None = None) -> tuple[Difference, ...]:
        """Return the differences of one place, and of one kind where it is given."""
        return tuple(one for one in self.differences if one.place == place and kind in {None, one.kind})

    def table(self, lang: str | None = None) -> Table:
        """Return one row a difference."""
        caption = label(
            "compare_caption", lang, title=self.new.model.title, old=self.old.model.version, new=self.new.model.version
        )
        return Table(
            ("compare_place", "compare_kind", "compare_about", "compare_field", "compare_old", "compare_new"),
            tuple(_row(one, lang) for one in self.differences),
            caption,
        )

    def summary(self, lang: str | None = None) -> str:
        """Return how much differs, and a line for each difference."""
        if not self.differences:
            return label("compare_none", lang)
        return "\n".join((label("compare_count", lang, count=len(self.differences)), *(_line(one, lang) for one in self.differences)))  # fmt: skip

    def draw(self, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
        """Draw both versions in one picture: what was added, removed or changed has a sign and a frame of its own."""
        from ebpm.logic.drawing.draw import draw
        from ebpm.logic.drawing.plan import Look

        look = Look(lang, marks=self.marks())
        return carrying(ax, lambda: draw(united(self.old, self.new), ax, look=look), lambda: self.summary("en"))

    def save_drawing(self, path: Path | str, *, lang: str | None = None, paper: PaperName = "A4") -> tuple[Path, ...]:
        """Write the picture of both versions; see `LogicModel.save_drawing`."""
        from ebpm.logic.drawing.plan import Look
        from ebpm.logic.drawing.saving import save

        return save(united(self.old, self.new), path, look=Look(lang, marks=self.marks()), paper=paper)

    def marks(self) -> Marks:
        """Return the signs of nodes and links in the picture of both; what is measured or known anew counts as a change."""
        nodes = {one.about: _sign(one.kind) for one in self.of("node")}
        indicators = {one.id: one.node for model in (self.old, self.new) for one in model.indicators}
        for one in self.of("indicator"):
            nodes.setdefault(indicators[one.about], "changed")
        old, new = {edge.name for edge in self.old.edges}, {edge.name for edge in self.new.edges}
        names = [name for one in self.of("link") for name in _names(one)]
        edges = {
            name: _sign("removed" if name not in new else "added" if name not in old else "changed") for name in names
        }
        return Marks(nodes, edges)

    def __str__(self) -> str:
        return self.summary()


def compare(old: LogicModel, new: LogicModel) -> Comparison:
    """Compare two versions of a logic model.

    Parameters
    ----------
    old, new : the versions.

    Parts are known by their ids, links by their two nodes. A link that left and a link that came with the same node at one end
    are one link that moved. Evidence on a link has become stronger or weaker only within one scale whose levels are numbers.

    Examples
    --------
    >>> import ebpm
    >>> from ebpm.logic import compare
    >>> model = ebpm.read_logic_model("logic_models/cardiac_rehab.yaml")
    >>> print(compare(model, model).summary("en"))
    The two versions are the same.
    """
    found = [*_about(old, new), *_parts(old, new), *_links(old, new)]
    return Comparison(old, new, tuple(found))


def _about(old: LogicModel, new: LogicModel) -> Iterator[Difference]:
    yield from _fields("about", new.model.id, old.model, new.model)
    for name in REST:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Difference("about", "changed", new.model.id, name, str(len(before)), str(len(after)))


def _fields(place: Place, about: str, old: Spec, new: Spec, *, without: tuple[str, ...] = ()) -> Iterator[Difference]:
    for name in (name for name in type(new).model_fields if name not in without):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Difference(place, "changed", about, name, spelled(before), spelled(after))


def _parts(old: LogicModel, new: LogicModel) -> Iterator[Difference]:
    for place, name in PARTS.items():
        before = {part.id: part for part in getattr(old, name)}
        after = {part.id: part for part in getattr(new, name)}
        for one in dict.fromkeys((*before, *after)):
            if one not in after:
                yield Difference(place, "removed", one, old=titled(before[one]))
            elif one not in before:
                yield Difference(place, "added", one, new=titled(after[one]))
            elif isinstance(after[one], Indicator):
                yield from _indicator((old, before[one]), (new, after[one]))
            else:
                yield from _fields(place, one, before[one], after[one])


def _indicator(old: tuple[LogicModel, Indicator], new: tuple[LogicModel, Indicator]) -> Iterator[Difference]:
    (before_model, before), (after_model, after) = old, new
    yield from _fields("indicator", after.id, before, after, without=VALUES)
    for field, say in SAYERS.items():
        if say(before_model, before, "en") != say(after_model, after, "en"):
            texts = [Measured(say, model, one) for model, one in (old, new)]
            yield Difference("indicator", "changed", after.id, field, *texts)


def _links(old: LogicModel, new: LogicModel) -> Iterator[Difference]:
    before, after = ({edge.name: edge for edge in model.edges} for model in (old, new))
    gone = [edge for name, edge in before.items() if name not in after]
    come = [edge for name, edge in after.items() if name not in before]
    for edge in gone:
        other = next((one for one in come if (one.from_ == edge.from_) != (one.to == edge.to)), None)
        if other is None:
            yield Difference("link", "removed", edge.name)
        else:
            come.remove(other)
            yield Difference("link", "moved", other.name, old=edge.name, new=other.name)
    yield from (Difference("link", "added", edge.name) for edge in come)
    for name in before:
        if name in after:
            yield from _fields("link", name, before[name], after[name], without=("evidence",))
            yield from _strength(name, old.evidence_on(before[name]), new.evidence_on(after[name]))


def _strength(name: str, old: tuple[Evidence, ...], new: tuple[Evidence, ...]) -> Iterator[Difference]:
    """Yield what differs in the evidence of a link: the best level within each scale, and which studies there are."""
    before, after = _best(old), _best(new)
    for scale in before.keys() & after.keys():
        if before[scale] != after[scale]:
            kind: Kind = "strengthened" if after[scale] > before[scale] else "weakened"
            yield Difference("link", kind, name, "evidence", f"{scale} {before[scale]}", f"{scale} {after[scale]}")
    lost, won = (tuple(one.id for one in these if one not in those) for these, those in ((old, new), (new, old)))
    if {one.id for one in old} != {one.id for one in new}:
        yield Difference("link", "changed", name, "evidence", ", ".join(lost), ", ".join(won))


def _best(found: tuple[Evidence, ...]) -> dict[str, int]:
    best: dict[str, int] = {}
    for one in found:
        if isinstance(one.scale.level, int):
            best[one.scale.name] = max(best.get(one.scale.name, one.scale.level), one.scale.level)
    return best


def _sign(kind: Kind) -> Sign:
    return kind if kind == "added" or kind == "removed" else "changed"  # noqa: PLR1714


def _names(one: Difference) -> tuple[str, ...]:
    return (str(one.old), str(one.new)) if one.kind == "moved" else (one.about,)


def _row(one: Difference, lang: str | None) -> tuple[object, ...]:
    return (
        label(f"compare_{one.place}", lang),
        label(f"compare_{one.kind}", lang),
        one.about,
        one.field,
        one.old,
        one.new,
    )


def _line(one: Difference, lang: str | None) -> str:
    facts = {
        "place": label(f"compare_{one.place}", lang),
        "kind": label(f"compare_{one.kind}", lang),
        "about": one.about,
    }
    if one.field:
        return label("compare_field_line", lang, **facts, field=one.field, old=one.old or "-", new=one.new or "-")
    if one.kind == "moved":
        return label("compare_moved_line", lang, **facts, old=one.old)
    return label("compare_line", lang, **facts, text=one.old or one.new).rstrip()


def united(old: LogicModel, new: LogicModel) -> LogicModel:
    """Return the new version with the nodes and links that only the old one has, for one picture of both."""
    names, links = {node.id for node in new.nodes}, {edge.name for edge in new.edges}
    nodes = (*new.nodes, *(node for node in old.nodes if node.id not in names))
    gone: tuple[Edge, ...] = tuple(edge for edge in old.edges if edge.name not in links)
    known = {one.id for one in new.evidence}
    evidence = (*new.evidence, *(one for one in old.evidence if one.id not in known))
    return new.model_copy(update={"nodes": nodes, "edges": (*new.edges, *gone), "evidence": evidence})
