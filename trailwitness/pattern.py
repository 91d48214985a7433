"""CloudWatch Logs filter patterns: parsed, matched, compared and explained, offline.

``docs/filter-patterns.md`` states the language, and what a coverage proof takes for granted.
"""

from scanner.pattern import CoverageProof, CoverageVerdict, Loss, Pattern, covers, explain, matches, parse

__all__ = ["CoverageProof", "CoverageVerdict", "Loss", "Pattern", "covers", "explain", "matches", "parse"]
