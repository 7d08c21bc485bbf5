"""The logic model as JSON in one canonical form: keys in the order of the schema, what equals its default left out."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING

from ebpm import spec
from ebpm.logic.formats.damage import Damage, damaged

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_RAW = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def to_json(model: LogicModel) -> str:
    """Return the model as JSON; equal models give equal text."""
    text = json.dumps(spec.plain(model), ensure_ascii=False, indent=2) + "\n"
    return _RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def from_json(text: str, *, name: str = "JSON") -> LogicModel:
    """Read a logic model from JSON.

    Raises
    ------
    SpecError : with every problem of the text, each with its line; JSON that is broken with the line where reading stopped.
    """
    from ebpm.logic.model import LogicModel

    try:
        json.loads(text)
    except json.JSONDecodeError as broken:
        place = f"{broken.lineno}:{broken.colno}"
        raise damaged(name, [Damage.at(name, place, "formats_json", detail=broken.msg)]) from None
    except RecursionError:
        raise damaged(name, [Damage.at(name, "1", "formats_json", detail="nesting")]) from None
    return spec.loads(_PAIR.sub(_joined, text), LogicModel, name=name)


def of_model(found: LogicModel, into: LogicModel, *, name: str) -> LogicModel:
    """Return the model that was found, if it is another state of the one it is read into.

    Raises
    ------
    SpecError : if it is another model.
    """
    if found.model.id != into.model.id:
        raise damaged(
            name, [Damage.at(name, "model.id", "formats_other_model", said=found.model.id, model=into.model.id)]
        )
    return found


def fingerprint(model: LogicModel) -> str:
    """Return what tells one state of a model from another: the first 16 digits of the SHA-256 of its canonical JSON."""
    return sha256(to_json(model).encode()).hexdigest()[:16]


def _joined(found: re.Match[str]) -> str:
    high, low = int(found[2], 16), int(found[3], 16)
    return found[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
