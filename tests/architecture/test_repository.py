"""What must not stand in any file of the repository."""

from __future__ import annotations

import re

from tests.architecture.source import ROOT, tracked

REGISTRY = re.compile(
    r"(?i)\b(py" r"pi\.org|python" r"hosted\.org|ana" r"conda\.org|regis" r"try\.\w+\.\w+|index-" r"url)\b"
)
MACHINE = re.compile(r"(?<![\w./~-])/(?:work|tmp|home|root|Users|opt|mnt)/\w|[A-Z]:\\Users\\")


def places(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for file in tracked():
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number}: {pattern.search(line)[0]}")
    return found


def test_no_file_names_a_registry():
    assert places(REGISTRY) == []


def test_no_file_names_a_place_on_somebodys_machine():
    assert places(MACHINE) == []


def test_locked_requirements_all_have_hashes():
    for file in sorted((ROOT / "requirements").glob("*.txt")):
        entries = re.split(r"\n(?=\S)", file.read_text(encoding="utf-8").strip())
        assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_each_package_has_one_locked_version_in_both_files():
    versions: dict[str, set[str]] = {}
    for file in sorted((ROOT / "requirements").glob("*.txt")):
        for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", file.read_text(encoding="utf-8"), re.MULTILINE):
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}
