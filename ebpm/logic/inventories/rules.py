"""What an inventory does not know yet, and what it must not say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.errors import did_you_mean
from ebpm.logic.rules.words import Phrase
from ebpm.notices import Facts, Notices, Rule, run

if TYPE_CHECKING:
    from ebpm.logic.inventories.inventory import DataAsset, Inventory
    from ebpm.logic.model import LogicModel

Finds = Iterator[tuple[str, Facts]]
NEEDED = ("owner", "period", "granularity", "keys", "access", "personal")


@dataclass(frozen=True, slots=True)
class Holdings:
    """An inventory and the models whose indicators are counted from it."""

    inventory: Inventory
    models: tuple[LogicModel, ...]

    def uses(self) -> Iterator[tuple[str, str]]:
        """Yield each indicator, as model.indicator, with each data set that it names."""
        for model in self.models:
            for indicator in model.indicators:
                source = model.indicator(indicator.same_as) if indicator.same_as else indicator
                yield from ((f"{model.model.id}.{indicator.id}", name) for name in source.data)


def check(inventory: Inventory, models: Iterable[LogicModel]) -> Notices:
    """Return the notices of an inventory and of the indicators that should point at it."""
    return run(RULES, Holdings(inventory, tuple(models)))


def without_data(held: Holdings) -> Finds:
    """Indicators that no data set stands behind."""
    for model in held.models:
        for indicator in model.indicators:
            source = model.indicator(indicator.same_as) if indicator.same_as else indicator
            if not source.data:
                yield f"{model.model.id}.{indicator.id}", {"name": indicator.name}


def unknown_data(held: Holdings) -> Finds:
    """Indicators that name a data set which is not in the inventory."""
    known = [asset.id for asset in held.inventory.data]
    for place, name in held.uses():
        if name not in known:
            yield place, {"data": name, "near": did_you_mean(name, known) or "-"}


def incomplete(held: Holdings) -> Finds:
    """Data sets of which something is not known."""
    for asset in held.inventory.data:
        absent = tuple(f"inventory_field_{field}" for field in NEEDED if _blank(asset, field))
        if absent:
            yield asset.id, {"title": asset.title, "absent": Phrase("logic_fields", codes=absent)}


def _blank(asset: DataAsset, field: str) -> bool:
    return getattr(asset, field) in (None, ())


def open_and_personal(held: Holdings) -> Finds:
    """Data sets about persons that are declared open."""
    for asset in held.inventory.data:
        if asset.personal and asset.access == "open" and not asset.synthetic:
            yield asset.id, {"title": asset.title}


def unused(held: Holdings) -> Finds:
    """Data sets that no indicator is counted from."""
    used = {name for _, name in held.uses()}
    yield from ((asset.id, {"title": asset.title}) for asset in held.inventory.data if asset.id not in used)


RULES = (
    Rule("LM111", without_data),
    Rule("LM112", unknown_data),
    Rule("LM113", incomplete),
    Rule("LM114", open_and_personal),
    Rule("LM115", unused),
)
