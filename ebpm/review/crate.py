"""Metadata of a bundle as an RO-Crate 1.1 (Soiland-Reyes et al. 2022, Data Science 5(2))."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from mimetypes import guess_type
from typing import Any

from ebpm import __version__
from ebpm.records import digest
from ebpm.review.bundle import CRATE, Part
from ebpm.texts import label

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "https://w3id.org/ro/crate/1.1"
LICENCES = "https://spdx.org/licenses/"
KINDS = {
    ".ipynb": "application/x-ipynb+json", ".yaml": "application/yaml", ".lock": "application/json", ".md": "text/markdown",
    ".py": "text/x-python", ".whl": "application/zip", ".csv": "text/csv",
}  # fmt: skip
Plain = dict[str, Any]


def crate(parts: Sequence[Part], files: Mapping[str, bytes], *, on: str) -> Plain:
    """Return the metadata: what the bundle is, since when, under which licences, and every file with its SHA-256.

    Parameters
    ----------
    parts : the pilots.
    files : of the bundle, but for the manifest and this file.
    on : date of publication, in ISO form.
    """
    licences = sorted({"MIT", *(one.licence for part in parts for one in part.pilot.spec.data)})
    titles = {lang: "; ".join(part.pilot.spec.title.words(lang) for part in parts) for lang in ("en", "ja")}
    graph = [
        {
            "@id": CRATE, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": PROFILE},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": titles["en"],
            "alternateName": titles["ja"],
            "description": label("crate_description", "en", titles=titles["en"]),
            "datePublished": on,
            "license": [{"@id": _licence(one)} for one in licences],
            "inLanguage": ["ja", "en"],
            "hasPart": [{"@id": name} for name in sorted(files)],
            "mentions": {"@id": "#ebpm"},
        },
        *(_file(name, content) for name, content in sorted(files.items())),
        *({"@id": _licence(one), "@type": "CreativeWork", "name": one} for one in licences),
        {"@id": "#ebpm", "@type": "SoftwareApplication", "name": "ebpm", "version": __version__},
    ]  # fmt: skip
    return {"@context": CONTEXT, "@graph": graph}


def _licence(name: str) -> str:
    return (
        LICENCES + name if name.replace("-", "").replace(".", "").isalnum() else f"#licence-{digest(name.encode())[:8]}"
    )


def _file(name: str, content: bytes) -> Plain:
    ending = "." + name.rpartition(".")[2]
    kind = KINDS.get(ending) or guess_type(name)[0] or "text/plain"
    return {
        "@id": name,
        "@type": "File",
        "name": name.rpartition("/")[2],
        "encodingFormat": kind,
        "contentSize": str(len(content)),
        "identifier": f"sha256:{digest(content)}",
    }
