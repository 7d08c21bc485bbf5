"""A pilot with stand-ins in the place of its data, so that others can run it from end to end without a record."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ebpm import spec as specs
from ebpm.disclosure.stand_ins import stand_in
from ebpm.errors import SpecError
from ebpm.pilot.leaving.disclosure import readings_of
from ebpm.spec import Text
from ebpm.table import Table
from ebpm.texts import LANGUAGES, entry, label, words

if TYPE_CHECKING:
    from pathlib import Path

    from ebpm.pilot.pilot import Pilot

MODEL = "logic_model.yaml"


def stand_in_files(pilot: Pilot, *, seed: int) -> Mapping[str, bytes]:
    """Return the files of a pilot on stand-ins: pilot.yaml, data, logic model, and a page on what they are.

    Parameters
    ----------
    pilot : whose data stay where they are.
    seed : of the draws.

    Raises
    ------
    DataError : if the data cannot be read under their contract.
    """
    spec = pilot.spec
    found = stand_in(readings_of(pilot), seed=seed, min_cell=spec.disclosure.min_cell)
    limit = Text(**{lang: label("stand_in_limit", lang) for lang in LANGUAGES})
    changes = {
        "data": found.datasets, "limits": (limit, *spec.limits), "published": (), "notebook": "",
        "logic_model": MODEL if spec.logic_model else "",
        "title": Text(**{lang: label("stand_in_title", lang, title=spec.title.words(lang)) for lang in LANGUAGES}),
    }  # fmt: skip
    files = dict(found.files()) | {
        "pilot.yaml": specs.dumps(spec.model_copy(update=changes)).encode(),
        "STAND_IN.md": _page(found.notices.items[0].facts).encode(),
    }
    if spec.logic_model:
        files[MODEL] = (pilot.folder / spec.logic_model).read_bytes()
    return MappingProxyType(files)


def _page(facts: Mapping[str, object]) -> str:
    parts = ("title", "why", "remedy")
    text = {lang: [words(entry("notice", "X640")[part], lang) for part in parts] for lang in LANGUAGES}
    said = (
        f"# {title}\n\n{label('stand_in_source', lang, **facts)}\n\n{why}\n\n{remedy}\n\n{label('stand_in_run', lang)}\n"
        for lang, (title, why, remedy) in text.items()
    )
    return "\n".join(said)


def write_stand_in(pilot: Pilot, folder: Path, *, seed: int) -> Table:
    """Write the pilot on stand-ins to a folder that is empty or not there, and return its files.

    Parameters
    ----------
    pilot : whose data stay where they are.
    folder : where to write.
    seed : of the draws.

    Raises
    ------
    SpecError : if the folder holds something.
    """
    if folder.exists() and any(folder.iterdir()):
        raise SpecError("stand_in_not_empty", folder=folder.name)
    files = stand_in_files(pilot, seed=seed)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return Table(("disclosure_place", "disclosure_count"), tuple((name, len(data)) for name, data in files.items()))
