"""The scanner: which names, rows, values, small groups and points of tables stand in files."""

from ebpm.disclosure.scanning.known import Known
from ebpm.disclosure.scanning.scan import Scan, scan, scan_figure, scan_tables

__all__ = ["Known", "Scan", "scan", "scan_figure", "scan_tables"]
