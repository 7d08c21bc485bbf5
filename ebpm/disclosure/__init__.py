"""What may leave the office: tables and numbers by tier, a scanner of files, a report on data, and stand-ins for them."""

from ebpm.disclosure.anonymity import Anonymity, anonymity
from ebpm.disclosure.cube import TOTAL, Axis, Cube
from ebpm.disclosure.rules import Disclosure, Dominance
from ebpm.disclosure.scanning import Known, Scan, scan, scan_figure
from ebpm.disclosure.stand_ins import StandIn, stand_in
from ebpm.disclosure.tables import ProtectedTable, frequencies, magnitudes

__all__ = [
    "TOTAL",
    "Anonymity",
    "Axis",
    "Cube",
    "Disclosure",
    "Dominance",
    "Known",
    "ProtectedTable",
    "Scan",
    "StandIn",
    "anonymity",
    "frequencies",
    "magnitudes",
    "scan",
    "scan_figure",
    "stand_in",
]


def __dir__() -> list[str]:
    return __all__
