"""Moment files as Parquet: one row a group, numbers as decimals, the rest of the content in the metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ebpm.errors import DataError
from ebpm.moments.scans.files.leaving import Said
from ebpm.records.digests import canonical

KEY = b"ebpm.moments"
FITS = 10**38
NUMBERS = ("count", "sums", "products", "moments")


def write_parquet(content: Mapping[str, Any], *, digest: str, path: Path) -> None:
    """Write the content of a moment file; its digest is that of the content, not of the bytes.

    Raises
    ------
    DataError : if pyarrow is not installed.
    """
    pa, parquet = _arrow()
    rows = [(name, *_row(group)) for name, item in content["items"].items() for group in item["groups"]]
    largest = max((abs(one) for *_, sums, products in rows for one in (*sums, *products)), default=0)
    decimal = pa.decimal128(38, 0) if largest < FITS else pa.decimal256(76, 0)
    kinds = {
        "analysis": pa.string(),
        "group": pa.string(),
        "count": pa.int64(),
        "sums": pa.list_(decimal),
        "products": pa.list_(decimal),
    }
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    items = {
        name: {key: value for key, value in item.items() if key != "groups"} for name, item in content["items"].items()
    }
    rest = canonical({**content, "items": items, "digest": digest})
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds.values(), strict=True)]
    schema = pa.schema(list(kinds.items()), metadata={KEY: rest})
    parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), path)


def read_parquet(path: Path) -> Any:
    """Return the content of a moment file, its digest included.

    Raises
    ------
    DataError : a file that is no moment file, or pyarrow is not installed.
    """
    pa, parquet = _arrow()
    try:
        table = parquet.read_table(path)
        content = json.loads(table.schema.metadata[KEY])
        for item in content["items"].values():
            item["groups"] = []
        for row in table.to_pylist():
            item = content["items"][row["analysis"]]
            item["groups"].append(_group(item, row))
    except (OSError, KeyError, TypeError, ValueError, AttributeError, pa.ArrowException):
        reason = "moments_cut_off" if path.read_bytes()[-4:] != b"PAR1" else "moments_other_content"
        raise DataError("moments_no_file", path=path.name, reason=Said(reason)) from None
    return content


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise DataError("scan_no_engine", engine="pyarrow", extra="duckdb") from None
    return pa, parquet


def _row(group: Mapping[str, Any]) -> tuple[str, int, list[int], list[int]]:
    """Return the labels of a group, its count, its sums and its products, row after row from the diagonal on."""
    labels = canonical({key: value for key, value in group.items() if key not in NUMBERS}).decode()
    powers = group.get("moments", [[group.get("sums", []), *group.get("products", [])]])
    count = group["count"] if "count" in group else group["moments"][0][0][0]
    sums = [one for power in powers for one in power[0]]
    return labels, count, sums, [one for power in powers for row in power[1:] for one in row]


def _group(item: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    sums, products = ([int(one) for one in row[name]] for name in ("sums", "products"))
    labels = json.loads(row["group"])
    if item.get("family") == "paths":
        return {
            **labels,
            "count": row["count"],
            "sums": sums,
            "products": list(_triangle(products, len(sums) if products else 0)),
        }
    powers, size = 3 if item["weights"] else 1, len(item["numbers"]) + 1
    each = len(products) // powers
    return {**labels, "moments": [
        [sums[p * size : (p + 1) * size], *_triangle(products[p * each : (p + 1) * each], size - 1 if each else 0)] for p in range(powers)
    ]}  # fmt: skip


def _triangle(flat: Sequence[int], size: int) -> Iterator[list[int]]:
    """Yield the rows of an upper triangle from the diagonal on."""
    start = 0
    for length in range(size, 0, -1):
        yield list(flat[start : start + length])
        start += length
