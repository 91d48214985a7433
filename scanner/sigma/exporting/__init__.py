"""Log-event rules written as Sigma rules: exactly, or not at all.

What a condition of a filter pattern becomes, and what Sigma has no words for, is stated in ``docs/sigma.md``. Nothing
here needs pySigma.
"""

from scanner.sigma.exporting.documents import Exported, LeftOut, SigmaExport, export_rules

__all__ = ["Exported", "LeftOut", "SigmaExport", "export_rules"]
