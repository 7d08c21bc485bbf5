"""The simulations as modules, and a file of a pilot as rows that a test may spoil."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PILOTS = ROOT / "pilots"
SLUGS = ("bicycle_insurance", "cardiac_rehab", "student_energy_saving", "venture_support")


def simulation(slug):
    """Import pilots/<slug>/simulate.py under a name of its own."""
    name = f"simulate_{slug}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, PILOTS / slug / "simulate.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


class Office:
    """One file of a pilot as rows of text, to be spoilt and written back in its own encoding."""

    def __init__(self, path, encoding):
        self.path, self.encoding = path, encoding
        with path.open(encoding=encoding, newline="") as file:
            self.header, *self.rows = list(csv.reader(file))

    def column(self, name):
        return self.header.index(name)

    def set(self, name, value, rows=None):
        """Write a value (or what a function makes of the old one) into a column, in some rows or in all."""
        place = self.column(name)
        for row in self.rows if rows is None else [self.rows[i] for i in rows]:
            row[place] = value(row[place]) if callable(value) else value

    def keep(self, test):
        """Keep the rows of which a function of {column: text} is true."""
        self.rows = [row for row in self.rows if test(dict(zip(self.header, row, strict=True)))]

    def drop(self, name):
        place = self.column(name)
        for row in (self.header, *self.rows):
            del row[place]

    def save(self):
        with self.path.open("w", encoding=self.encoding, newline="") as file:
            csv.writer(file).writerows([self.header, *self.rows])


ENCODINGS = {
    "invitations": "cp932", "hospital_months": "cp932", "pupils": "cp932", "household_months": "utf-8-sig",
    "applications": "cp932", "firm_years": "utf-8", "patients": "utf-8-sig",
}  # fmt: skip
