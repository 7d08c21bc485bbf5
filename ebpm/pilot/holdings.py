"""Pilots' data contracts in an inventory: columns, keys and what a row is come from the contract, so that they are written once."""

from __future__ import annotations

from pathlib import Path

from ebpm.data.contract import DataSet
from ebpm.errors import SpecError, did_you_mean
from ebpm.logic.inventories.inventory import DataAsset, DataField, Inventory
from ebpm.pilot.pilot import read_pilot


def with_contracts(inventory: Inventory, folder: Path | str) -> Inventory:
    """Return an inventory whose data sets have the columns, keys and grain of the contracts that they name.

    Parameters
    ----------
    inventory : as read from its file.
    folder : of that file; contracts are relative to it.

    Raises
    ------
    SpecError : if a contract is not written as folder#table, or the pilot has no such table.
    """
    data = tuple(_with_contract(asset, Path(folder)) if asset.contract else asset for asset in inventory.data)
    return inventory.model_copy(update={"data": data})


def _with_contract(asset: DataAsset, folder: Path) -> DataAsset:
    place, _, table = (asset.contract or "").partition("#")
    tables = {dataset.id: dataset for dataset in read_pilot(folder / place).spec.data}
    if table not in tables:
        near = did_you_mean(table, tables)
        raise SpecError("inventory_no_table", id=asset.id, contract=asset.contract, near=near)
    return asset.model_copy(update=_taken(asset, tables[table], place))


def _taken(asset: DataAsset, dataset: DataSet, place: str) -> dict[str, object]:
    columns = tuple(
        DataField(
            name=column.name, label=column.label, type=column.type, unit=column.unit, header=column.header,
            required=column.required,
        )
        for column in dataset.columns
    )  # fmt: skip
    return {
        "columns": asset.columns or columns,
        "keys": asset.keys or dataset.keys,
        "granularity": asset.granularity or dataset.row_is,
        "path": asset.path or (f"{place}/{dataset.path}" if dataset.path else None),
    }
