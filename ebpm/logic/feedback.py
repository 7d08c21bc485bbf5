"""Evidence written back onto its link: what stands there stays, and what it settles is said."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Protocol

from ebpm import spec
from ebpm.errors import SpecError
from ebpm.logic.lint import lint
from ebpm.logic.parts import Edge, Evidence
from ebpm.notices import Notices

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

NUMBERS = ("plan", "verdict", "scale", "estimate", "n", "synthetic")


class Evaluated(Protocol):
    """What knows its link and can say what it found there: an evaluation."""

    @property
    def link(self) -> tuple[str, str]:
        """Ids of the two nodes of its link."""
        ...

    def evidence(self, *, on: str | None = None) -> Evidence:
        """Return what it found, as evidence of a date."""
        ...


def additions(model: LogicModel, edge: Edge, evidence: Evidence) -> list[spec.Addition]:
    """Return what must be added to a model's text so that a link carries a piece of evidence.

    Raises
    ------
    SpecError : if other evidence has that id.
    """
    known = {item.id: item for item in model.evidence}
    if known.get(evidence.id, evidence) != evidence:
        raise SpecError("logic_evidence_exists", id=evidence.id, edge=edge.name)
    found = [spec.Addition(("evidence",), spec.plain(evidence))] if evidence.id not in known else []
    if evidence.id not in edge.evidence:
        found.append(spec.Addition(("edges", model.edges.index(edge), "evidence"), evidence.id))
    return found


def beside_earlier(model: LogicModel, evidence: Evidence) -> Evidence:
    """Return evidence under an id of its own: earlier evidence of the same study with the same numbers is returned as it is.

    Where other numbers stand under the id, the new one carries date and digest behind it.
    """
    family = [one for one in model.evidence if one.id == evidence.id or one.id.startswith(f"{evidence.id}_")]
    same = next((one for one in family if digest(one) == digest(evidence)), None)
    if same is not None or not any(one.id == evidence.id for one in family):
        return same or evidence
    dated = (evidence.date or "").replace("-", "")
    name = "_".join(part for part in (evidence.id, dated, digest(evidence)[:8]) if part)
    return evidence.model_copy(update={"id": name})


def digest(evidence: Evidence) -> str:
    """Return the SHA-256 of what a study found and by which plan; words and dates do not count."""
    found = evidence.model_dump(mode="json", include=set(NUMBERS))
    return hashlib.sha256(json.dumps(found, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def settled(before: LogicModel, after: LogicModel, **options: Any) -> Notices:
    """Return the notices of a model that its later version no longer raises.

    Parameters
    ----------
    before, after : versions of the same model, for instance without and with an evaluation's evidence.
    options : of `lint`: the profile, the day on which dates are judged.

    Examples
    --------
    >>> import ebpm
    >>> from ebpm.logic import settled
    >>> model = ebpm.read_logic_model("logic_models/venture_support.yaml")
    >>> len(settled(model, model))
    0
    """
    open_now = {(one.code, one.about) for one in lint(after, **options)}
    earlier = lint(before, **options)
    return Notices(tuple(one for one in earlier if (one.code, one.about) not in open_now))


def raised(before: LogicModel, after: LogicModel, **options: Any) -> Notices:
    """Return the notices that the later version of a model raises and the earlier one did not.

    Parameters
    ----------
    before, after, options : as in `settled`.
    """
    return settled(after, before, **options)
