"""`ebpm inventory`: list the data that indicators are counted from, and what is missing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.commands.command import both

if TYPE_CHECKING:
    from ebpm.logic.inventories.inventory import Inventory


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("folder", nargs="?", type=Path, default=Path("inventory"), help=both("cli_inventory_folder"))
    parser.add_argument("--out", type=Path, help=both("cli_inventory_out"))


def run(options: argparse.Namespace) -> int:
    """Print the inventory and its notices, write DCAT and CSVW where asked; 1 where something is wrong."""
    from ebpm.logic import models_of, read_inventory
    from ebpm.pilot.holdings import with_contracts
    from ebpm.texts import label

    folder: Path = options.folder
    inventory = with_contracts(read_inventory(folder / "inventory.yaml"), folder)
    notices = inventory.check(*models_of(inventory, folder))
    print(inventory.table().to_text())
    print(
        label(
            "inventory_counts", data=len(inventory.data), codes=_counted(notices.codes, [one.code for one in notices])
        )
    )
    print(notices.to_text())
    for file in _written(inventory, options.out) if options.out else ():
        print(file)
    return 1 if notices.of("error") else 0


def _counted(codes: tuple[str, ...], found: list[str]) -> str:
    return ", ".join(f"{code} {found.count(code)}" for code in codes)


def _written(inventory: Inventory, folder: Path) -> list[Path]:
    import json

    folder.mkdir(parents=True, exist_ok=True)
    parts = {"catalogue.jsonld": inventory.to_dcat()}
    parts |= {f"{one.id}.csv-metadata.json": inventory.to_csvw(one.id) for one in inventory.data if one.columns}
    files = []
    for name, content in parts.items():
        file = folder / name
        file.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")
        files.append(file)
    return files
