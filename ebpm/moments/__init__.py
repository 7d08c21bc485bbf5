"""The only code that touches rows: tables in, arrays and sufficient statistics out.

`frame`
    named columns of any table, checked.
`regression`
    cluster moments: what least squares with cluster-robust inference needs.
`panel`, `paths`, `two_way`
    outcome paths of units over periods, and their moments.
`scans`
    tables that stay where they are, summed exactly.
"""

from ebpm.moments.scans.files.moment_file import MomentFile, read_moments
from ebpm.moments.scans.opening import Scan, scan
from ebpm.moments.scans.progress import show_progress

__all__ = [
    "MomentFile",
    "Scan",
    "read_moments",
    "scan",
    "show_progress",
]


def __dir__() -> list[str]:
    return __all__
