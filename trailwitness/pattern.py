"""CloudWatch Logs filter patterns: parsed, matched, compared and explained, offline.

``docs/filter-patterns.md`` states the language, and what a coverage proof takes for granted.
"""

from scanner.pattern import Coverage, CoverageVerdict, Loss, Pattern, covers, explain, matches, parse

__all__ = ["Coverage", "CoverageVerdict", "Loss", "Pattern", "covers", "explain", "matches", "parse"]
