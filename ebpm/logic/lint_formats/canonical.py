"""For programs: JSON with every find in both languages, sorted, without paths of this machine or times."""

from __future__ import annotations

import json
from dataclasses import asdict

from ebpm.logic.folder import LintReport


def to_json(report: LintReport, lang: str | None = None) -> str:  # noqa: ARG001
    """Return the report as JSON, the same in every language."""
    counts = {severity: report.count(severity) for severity in ("error", "warning", "info")}
    summary = {"files": len(report.files), **counts, "codes": dict(sorted(report.codes.items()))}
    found = {
        "schema": 1,
        "profile": report.profile,
        "summary": summary,
        "files": [asdict(file) for file in report.files],
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
