"""The logic model: read, questioned, extended with evidence, written back, shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar, overload

from pydantic import Field, PrivateAttr

from ebpm import spec
from ebpm.errors import SpecError, did_you_mean
from ebpm.logic import graph
from ebpm.logic.economics.parts import Appraisal
from ebpm.logic.indicators.consistency import refuse_contradictions
from ebpm.logic.indicators.observed import Observation, Statuses, Viewpoint
from ebpm.logic.parts import About, Assumption, Baseline, Edge, Evidence, External, Harm, Ignore, Indicator, Node
from ebpm.records import carrying
from ebpm.table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.logic.drawing.sheet import PaperName
    from ebpm.logic.feedback import Evaluated

Part = TypeVar("Part", Node, Assumption, External, Harm, Indicator, Evidence)


class LogicModel(spec.Spec):
    """A programme's theory: nodes joined by links, with assumptions, external factors, harms, indicators and evidence.

    Evaluation, data and disclosure are declared in the pilot that names the model, so that one model serves many evaluations.

    Examples
    --------
    >>> import ebpm
    >>> model = ebpm.read_logic_model("logic_models/bicycle_insurance.yaml")
    >>> model.edge("o_leaflets_read", "oc_insured").key
    True
    """

    schema_: Annotated[Literal[1], Field(alias="schema")]
    model: About
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    assumptions: tuple[Assumption, ...] = ()
    externals: tuple[External, ...] = ()
    harms: tuple[Harm, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    viewpoints: tuple[Viewpoint, ...] = ()
    observations: tuple[Observation, ...] = ()
    statuses: tuple[Statuses, ...] = ()
    appraisals: tuple[Appraisal, ...] = ()
    lint_ignore: tuple[Ignore, ...] = ()
    _text: str = PrivateAttr(default="")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LogicModel) and self.__dict__ == other.__dict__

    __hash__ = spec.Spec.__hash__

    @classmethod
    def loads(cls, text: str, *, name: str = "text") -> LogicModel:
        """Read a logic model from YAML text, which is kept with its comments."""
        model = spec.loads(text, cls, name=name)
        refuse_contradictions(model, text, name)
        model._text = text  # noqa: SLF001
        return model

    def node(self, wanted: str) -> Node:
        """Return a node by its id.

        Raises
        ------
        SpecError : if there is none.
        """
        return _named(self.nodes, wanted, self.model.id)

    def edge(self, from_: str, to: str) -> Edge:
        """Return the link between two nodes.

        Raises
        ------
        SpecError : if there is none.
        """
        for edge in self.edges:
            if (edge.from_, edge.to) == (from_, to):
                return edge
        wanted = f"{from_} -> {to}"
        raise SpecError(
            "logic_no_edge",
            edge=wanted,
            model=self.model.id,
            near=did_you_mean(wanted, (edge.name for edge in self.edges)),
        )

    def evidence_on(self, edge: Edge) -> tuple[Evidence, ...]:
        """Return the evidence of a link, the latest last."""
        return tuple(_named(self.evidence, wanted, self.model.id) for wanted in edge.evidence)

    def observed(self, indicator: Indicator) -> tuple[Observation, ...]:
        """Return the values observed of an indicator, or of the one that it is the same as, by fiscal year."""
        found = (one for one in self.observations if one.indicator == (indicator.same_as or indicator.id))
        return tuple(sorted(found, key=lambda one: (one.fiscal_year, one.part or "")))

    def baseline(self, indicator: Indicator) -> Baseline | None:
        """Return the declared baseline of an indicator, or else its first observation."""
        first = next(iter(self.observed(indicator)), None)
        if indicator.baseline is not None or first is None:
            return indicator.baseline
        value = first.stated.words() if first.value is None else first.value
        return Baseline(value=value, date=first.date or str(first.fiscal_year), n=first.n, note=first.note)

    def indicator(self, wanted: str) -> Indicator:
        """Return an indicator by its id.

        Raises
        ------
        SpecError : if there is none.
        """
        return _named(self.indicators, wanted, self.model.id)

    def arcs(self) -> tuple[tuple[str, str], ...]:
        """Return the links as pairs of ids, without feedback."""
        return tuple((edge.from_, edge.to) for edge in self.edges if not edge.feedback)

    def reaches(self, start: str, end: str) -> bool:
        """Return whether a path leads from one node to another."""
        return end in graph.reachable(self.arcs(), start)

    @overload
    def with_evidence(self, about: Evaluated, evidence: None = None, *, on: str | None = None) -> LogicModel: ...

    @overload
    def with_evidence(self, about: tuple[str, str], evidence: Evidence) -> LogicModel: ...

    def with_evidence(
        self, about: Evaluated | tuple[str, str], evidence: Evidence | None = None, *, on: str | None = None
    ) -> LogicModel:
        """Return the model with one more piece of evidence on a link; what stands there already stays.

        Parameters
        ----------
        about : an evaluation, which knows its link; or the ids of the link's two nodes.
        evidence : where the link was given, with an id that the model does not know yet; the same evidence again changes nothing.
        on : the date of an evaluation's evidence; a second evaluation with other numbers stands beside the first.

        Raises
        ------
        SpecError : if there is no such link, or other evidence has that id.
        """
        from ebpm.logic.feedback import additions, beside_earlier

        if evidence is None:
            if isinstance(about, tuple):
                raise SpecError("feedback_nothing", edge=" -> ".join(about))
            evidence = beside_earlier(self, about.evidence(on=on))
            about = about.link
        elif not isinstance(about, tuple):
            raise SpecError("feedback_twice", evidence=evidence.id)
        added = additions(self, self.edge(*about), evidence)
        return LogicModel.loads(spec.amend(self.to_yaml(), added), name=self.model.id) if added else self

    def revised(self, changes: str) -> LogicModel:
        """Return the model with changed lines in it; all else stays, comments too.

        Parameters
        ----------
        changes : YAML of the form of a model that holds nothing but what is new: parts are matched by their id, links by their ends.

        Raises
        ------
        SpecError : if the changes are no such YAML, or the model with them has a fault.
        """
        return LogicModel.loads(spec.merge(self.to_yaml(), changes), name=self.model.id)

    def to_yaml(self) -> str:
        """Return the YAML that the model was read from, with what was added since."""
        return self._text or spec.dumps(self)

    def write(self, path: Path | str) -> None:
        """Write the model as YAML; comments and order of the original stay, and an interrupted write leaves the old file."""
        new = Path(f"{path}.new")
        new.write_text(self.to_yaml(), encoding="utf-8", newline="")
        new.replace(path)

    def table(self, lang: str | None = None) -> Table:
        """Return the links as a table: the equal of the picture for those who cannot see it."""
        from ebpm.logic.tables import links

        return links(self, lang)

    def draw(
        self, ax: Axes | None = None, *, lang: str | None = None, evidence: bool = True, indicators: bool = False
    ) -> Axes:
        """Draw the model: stages as columns, links as arrows that carry verdict and level of their latest evidence.

        Parameters
        ----------
        ax : matplotlib axes to draw on; a new A4 page (landscape) where None.
        lang : "ja" or "en".
        evidence : paint the evidence on the links.
        indicators : set the indicators under their nodes, with baseline and target or the reason why there is none.
        """
        from ebpm.logic.drawing.draw import draw
        from ebpm.logic.drawing.plan import Look

        look = Look(lang, evidence=evidence, indicators=indicators)
        return carrying(ax, lambda: draw(self, ax, look=look), lambda: self.table("en").to_lines())

    def save_drawing(
        self, path: Path | str, *, lang: str | None = None, paper: PaperName = "A4", indicators: bool = True
    ) -> tuple[Path, ...]:
        """Write the drawing for printing and return the files: what one sheet cannot hold in legible type goes on to a next.

        Parameters
        ----------
        path : ends in .svg, .png or .pdf; the sheets of SVG and PNG are numbered where there are several.
        paper : "A4" or "A3", landscape.

        Raises
        ------
        SpecError : if the ending or the paper is not known.
        """
        from ebpm.logic.drawing.plan import Look
        from ebpm.logic.drawing.saving import save

        return save(self, path, look=Look(lang, indicators=indicators), paper=paper)

    def to_svg(self, lang: str | None = None) -> str:
        """Return the drawing as SVG with title and description; the same model gives the same bytes."""
        from ebpm.logic.drawing.plan import Look
        from ebpm.logic.drawing.saving import to_svg

        return to_svg(self, look=Look(lang))

    def page(self, lang: str | None = None) -> str:
        """Return the model as one HTML file to explore with mouse or keyboard, in both languages, `lang` first."""
        from ebpm.logic.page import page

        return page(self, lang)

    def to_mermaid(self, lang: str | None = None) -> str:
        """Return the model as a Mermaid flowchart."""
        from ebpm.logic.mermaid import to_mermaid

        return to_mermaid(self, lang)

    def _repr_html_(self) -> str:
        from ebpm.logic.tables import page

        return page(self)


def _named(parts: tuple[Part, ...], wanted: str, model: str) -> Part:
    for part in parts:
        if part.id == wanted:
            return part
    raise SpecError(
        "logic_no_part", id=wanted, model=model, near=did_you_mean(wanted, (part.id for part in parts)) or "-"
    )


def read_logic_model(path: Path | str) -> LogicModel:
    """Read a logic model from a YAML file.

    Parameters
    ----------
    path : the file, YAML 1.2 in UTF-8.

    Raises
    ------
    SpecError : with every problem of the file, each with line, place and remedy.

    Examples
    --------
    >>> import ebpm
    >>> ebpm.read_logic_model("logic_models/cardiac_rehab.yaml").model.id
    'cardiac_rehab'
    """
    return LogicModel.loads(spec.read_text(path), name=str(path))


def json_schema() -> str:
    """Return the JSON Schema of logic models, for editors that complete and check YAML."""
    return spec.json_schema(LogicModel)
