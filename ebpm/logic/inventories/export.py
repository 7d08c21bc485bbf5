"""An inventory for catalogues and machines: DCAT 3 in JSON-LD, and the W3C metadata vocabulary for tabular data (CSVW).

Sources: Data Catalog Vocabulary (DCAT) version 3, W3C Recommendation 2024-08-22; Metadata Vocabulary for Tabular Data,
W3C Recommendation 2015-12-17.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from ebpm.errors import SpecError
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    from ebpm.logic.inventories.inventory import DataAsset, DataField, Inventory, Period, Tier
    from ebpm.spec import Text

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
RIGHTS: dict[Tier, str] = {"open": "PUBLIC", "semi_closed": "RESTRICTED", "section_only": "NON_PUBLIC"}
RIGHTS_AT = "http://publications.europa.eu/resource/authority/access-right/"
LICENCES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
DATES = {4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date"}
TYPES = {
    "integer": "integer", "number": "number", "text": "string", "code": "string", "boolean": "boolean", "date": "date",
    "month": "gYearMonth", "year": "gYear", "fiscal_year": "integer",
}  # fmt: skip


def to_dcat(inventory: Inventory) -> dict[str, Any]:
    """Return the catalogue as JSON-LD; ids are relative, so that the place of publication is their base."""
    return {
        "@context": CONTEXT,
        "@id": f"#{inventory.id}",
        "@type": "dcat:Catalog",
        "dct:title": _said(inventory.title),
        "dct:description": _said(inventory.description),
        "dct:publisher": _agent(inventory.publisher),
        "dct:license": _licence(inventory.licence),
        "dct:language": list(LANGUAGES),
        "dcat:dataset": [_dataset(asset, inventory) for asset in inventory.data],
    }


def _dataset(asset: DataAsset, inventory: Inventory) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@id": f"#{asset.id}",
        "@type": "dcat:Dataset",
        "dct:identifier": asset.id,
        "dct:title": _said(asset.title),
    }
    if asset.description is not None or asset.synthetic:
        found["dct:description"] = _description(asset)
    if asset.owner is not None:
        found["dct:publisher"] = _agent(asset.owner)
    if asset.period is not None:
        found["dct:temporal"] = _temporal(asset.period)
    if inventory.region is not None:
        found["dct:spatial"] = {"@type": "dct:Location", "dct:identifier": inventory.region}
    if asset.access is not None:
        found["dct:accessRights"] = {"@id": RIGHTS_AT + RIGHTS[asset.access]}
    if asset.licence is not None:
        found["dct:license"] = _licence(asset.licence)
    if asset.frequency is not None:
        found["dct:accrualPeriodicity"] = {"@type": "dct:Frequency", "skos:prefLabel": _said(asset.frequency)}
    if asset.url is not None:
        found["dcat:landingPage"] = {"@id": asset.url}
    if asset.columns:
        found["dcat:distribution"] = [_distribution(asset)]
    return found


def _distribution(asset: DataAsset) -> dict[str, Any]:
    return {
        "@type": "dcat:Distribution",
        "dct:title": _said(asset.title),
        "dcat:mediaType": {"@id": "https://www.iana.org/assignments/media-types/text/csv"},
        "dct:conformsTo": {"@id": f"{asset.id}.csv-metadata.json"},
    }


def _description(asset: DataAsset) -> list[dict[str, str]]:
    words = {lang: asset.description.words(lang) if asset.description else "" for lang in LANGUAGES}
    made_up = {lang: label("logic_synthetic", lang).strip() if asset.synthetic else "" for lang in LANGUAGES}
    return [{"@language": lang, "@value": f"{made_up[lang]} {words[lang]}".strip()} for lang in LANGUAGES]


def _said(text: Text) -> list[dict[str, str]]:
    return [{"@language": lang, "@value": text.words(lang)} for lang in LANGUAGES]


def _agent(name: Text) -> dict[str, Any]:
    return {"@type": "foaf:Organization", "foaf:name": _said(name)}


def _licence(name: str) -> dict[str, Any]:
    return {"@id": LICENCES[name]} if name in LICENCES else {"@type": "dct:LicenseDocument", "dct:title": name}


def _temporal(period: Period) -> dict[str, Any]:
    ends = {"dcat:startDate": period.start, "dcat:endDate": period.end}
    dates = {name: {"@type": DATES[len(date)], "@value": date} for name, date in ends.items() if date is not None}
    return {"@type": "dct:PeriodOfTime", **dates}


def to_csvw(asset: DataAsset) -> dict[str, Any]:
    """Return the metadata of a table, to be kept beside its file.

    Raises
    ------
    SpecError : if the data set has no columns.
    """
    if not asset.columns:
        raise SpecError("inventory_no_columns", id=asset.id)
    schema: dict[str, Any] = {"columns": [_column(column, asset) for column in asset.columns]}
    if asset.keys:
        schema["primaryKey"] = list(asset.keys)
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": PurePosixPath(asset.path or f"{asset.id}.csv").name,
        "dc:title": _map(asset.title),
        **({"dc:description": _map(asset.granularity)} if asset.granularity else {}),
        **({"dc:license": {"@id": LICENCES[asset.licence]}} if asset.licence in LICENCES else {}),
        "tableSchema": schema,
    }


def _column(column: DataField, asset: DataAsset) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": column.name,
        "titles": {"und": column.header or column.name} | {lang: column.label.words(lang) for lang in LANGUAGES},
        "datatype": TYPES[column.type],
        "required": column.required or column.name in asset.keys,
    }
    return found | ({"dc:description": column.unit} if column.unit else {})


def _map(text: Text) -> list[dict[str, str]]:
    return [{"@value": text.words(lang), "@language": lang} for lang in LANGUAGES]
