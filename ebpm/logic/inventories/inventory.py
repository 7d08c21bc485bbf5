"""What data the city holds: who keeps them, since when, of what, under which keys, and who may see them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ebpm import spec
from ebpm.errors import SpecError, did_you_mean
from ebpm.logic.model import LogicModel, read_logic_model
from ebpm.logic.parts import Id
from ebpm.logic.rules.words import Phrase
from ebpm.notices import Notices
from ebpm.spec import Date, Spec, Text, Wrong
from ebpm.table import Table
from ebpm.texts import label

Tier = Literal["open", "semi_closed", "section_only"]
Type = Literal["integer", "number", "text", "code", "boolean", "date", "month", "year", "fiscal_year"]


class Period(Spec):
    """From when to when; without an end it is still kept."""

    start: Date
    end: Date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.end is not None and self.end[: len(self.start)] < self.start[: len(self.end)]:
            raise Wrong("inventory_period", start=self.start, end=self.end)
        return self


class DataField(Spec):
    """A column of a data set."""

    name: str
    label: Text
    type: Type
    unit: str = ""
    header: str = ""
    """Heading in the file, where it is not the name."""
    required: bool = False


class DataAsset(Spec):
    """A data set that somebody holds. What is not known is left out, and becomes a notice."""

    id: Id
    title: Text
    description: Text | None = None
    owner: Text | None = None
    """Bureau or section that keeps it, never a person."""
    period: Period | None = None
    granularity: Text | None = None
    """What one row stands for."""
    keys: tuple[str, ...] = ()
    """Columns that name a row, and by which it can be joined to others."""
    access: Tier | None = None
    """Open to all, semi-closed (the offices and partners concerned), or the owning section only."""
    personal: bool | None = None
    """Whether it is about identifiable persons."""
    frequency: Text | None = None
    licence: str | None = None
    url: str | None = None
    path: str | None = None
    """File of the table, relative to the inventory."""
    contract: str | None = None
    """Folder of a pilot and id of its table, "../pilots/cardiac_rehab#discharges", whose contract gives columns and keys."""
    synthetic: bool = False
    source: Text | None = None
    """Where this entry was read."""
    columns: tuple[DataField, ...] = ()

    @model_validator(mode="after")
    def _keys_are_columns(self) -> DataAsset:
        names = [column.name for column in self.columns]
        for key in self.keys:
            if names and key not in names:
                raise Wrong("inventory_key", id=self.id, key=key, near=did_you_mean(key, names))
        return self


class Inventory(Spec):
    """The data sets of an organisation, and the logic models whose indicators are counted from them.

    Examples
    --------
    >>> from ebpm.logic import read_inventory
    >>> read_inventory("inventory/inventory.yaml").asset("rpa_trial").access
    'open'
    """

    schema_: Annotated[Literal[1], Field(alias="schema")]
    id: Id
    title: Text
    description: Text
    publisher: Text
    licence: str
    region: str | None = None
    models: tuple[str, ...] = ()
    """Logic models whose indicators point here, relative to the inventory."""
    data: tuple[DataAsset, ...]

    @model_validator(mode="after")
    def _once(self) -> Inventory:
        ids = [asset.id for asset in self.data]
        for name in ids:
            if ids.count(name) > 1:
                raise Wrong("inventory_twice", id=name)
        return self

    def asset(self, wanted: str) -> DataAsset:
        """Return a data set by its id.

        Raises
        ------
        SpecError : if there is none.
        """
        for asset in self.data:
            if asset.id == wanted:
                return asset
        near = did_you_mean(wanted, (asset.id for asset in self.data))
        raise SpecError("logic_no_part", id=wanted, model=self.id, near=near or "-")

    def check(self, *models: LogicModel) -> Notices:
        """Return what is missing: indicators without data, data sets without owner, period, grain, keys or access."""
        from ebpm.logic.inventories.rules import check

        return check(self, models)

    def table(self, lang: str | None = None) -> Table:
        """Return one row a data set; what is not known is said."""
        columns = (
            "asset",
            "asset_owner",
            "asset_period",
            "asset_grain",
            "asset_keys",
            "asset_access",
            "asset_personal",
        )
        return Table(columns, tuple(map(_row, self.data)), label("inventory_caption", lang, title=self.title))

    def to_dcat(self) -> dict[str, Any]:
        """Return the catalogue as DCAT 3 in JSON-LD, with words in both languages."""
        from ebpm.logic.inventories.export import to_dcat

        return to_dcat(self)

    def to_csvw(self, wanted: str) -> dict[str, Any]:
        """Return the table schema of a data set as CSVW metadata, with words in both languages.

        Raises
        ------
        SpecError : if there is no such data set, or it has no columns.
        """
        from ebpm.logic.inventories.export import to_csvw

        return to_csvw(self.asset(wanted))


def _row(asset: DataAsset) -> tuple[object, ...]:
    unknown = Phrase("inventory_unknown")
    return (
        Phrase("inventory_synthetic", (("title", asset.title),)) if asset.synthetic else asset.title,
        asset.owner or unknown,
        _period(asset.period) if asset.period else unknown,
        asset.granularity or unknown,
        ", ".join(asset.keys) or unknown,
        Phrase(f"inventory_access_{asset.access}") if asset.access else unknown,
        unknown
        if asset.personal is None
        else Phrase("inventory_personal" if asset.personal else "inventory_impersonal"),
    )


def _period(period: Period) -> Phrase | str:
    if period.end is None:
        return Phrase("inventory_since", (("start", period.start),))
    if period.end == period.start:
        return period.start
    return Phrase("inventory_period", (("start", period.start), ("end", period.end)))


def read_inventory(path: Path | str) -> Inventory:
    """Read an inventory of data sets.

    Parameters
    ----------
    path : the file, YAML 1.2 in UTF-8.

    Raises
    ------
    SpecError : with every problem of the file, each with line, place and remedy.
    """
    return spec.read(path, Inventory)


def models_of(inventory: Inventory, folder: Path | str) -> tuple[LogicModel, ...]:
    """Return the logic models that an inventory names, read relative to its folder.

    Parameters
    ----------
    inventory : as `read_inventory` returns it.
    folder : of the inventory's file.

    Raises
    ------
    SpecError : if a model is missing or not as its schema says.
    """
    return tuple(read_logic_model(Path(folder) / name) for name in inventory.models)
