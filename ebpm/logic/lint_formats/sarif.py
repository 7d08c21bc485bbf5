"""For code scanning: SARIF 2.1.0 (OASIS Standard, 27 March 2020).

A file that cannot be read is a result of the rule `SpecError`; all other rules are those of the lint.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from ebpm.logic.folder import Checked, Find, LintReport
from ebpm.texts import words

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def to_sarif(report: LintReport, lang: str | None = None) -> str:
    """Return the report as SARIF; one run, the rules that found something, a fingerprint that outlives moved lines."""
    seen = {find.code: find for file in report.files for find in file.finds}
    rules = [_rule(name, seen[name], lang) for name in sorted(seen)]
    order = {rule["id"]: at for at, rule in enumerate(rules)}
    driver = {"name": "ebpm lint", "semanticVersion": version("ebpm"), "rules": rules}
    results = [_result(file, find, order, lang) for file in report.files for find in file.finds]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1) + "\n"


def _rule(name: str, find: Find, lang: str | None) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": name,
        "shortDescription": {"text": words(find.title, lang)},
        "defaultConfiguration": {"level": LEVELS[find.severity]},
    }
    if find.why:
        rule["fullDescription"] = {"text": words(find.why, lang)}
        rule["help"] = {"text": f"{words(find.remedy, lang)}\n\n{find.source}"}
    return rule


def _result(file: Checked, find: Find, order: Mapping[str, int], lang: str | None) -> dict[str, Any]:
    place: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": quote(file.file)}, "region": {"startLine": find.line}}
    }
    if find.about:
        place["logicalLocations"] = [{"name": find.about, "fullyQualifiedName": f"{file.model}/{find.about}"}]
    return {
        "ruleId": find.code,
        "ruleIndex": order[find.code],
        "level": LEVELS[find.severity],
        "message": {"text": f"{words(find.message, lang)} → {words(find.remedy, lang)}"},
        "locations": [place],
        "partialFingerprints": {"ebpm/v1": _fingerprint(file, find)},
    }


def _fingerprint(file: Checked, find: Find) -> str:
    """Return a digest of what the find is about, in which line numbers and languages have no part."""
    return hashlib.sha256(
        "\n".join((file.file, find.code, find.about, find.message.get("en", "") if find.about else "")).encode()
    ).hexdigest()[:32]
