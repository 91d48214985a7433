"""Comparing two assessments, each from a bundle or from a file."""

from pathlib import Path

from reports.comparison.comparing import Comparison, compare
from reports.comparison.sides import read_side
from scanner.errors import UsageError
from scanner.runs.assessments.baselines import document_of


def compare_files(old: Path, new: Path) -> Comparison:
    """What became of the findings of ``old`` in ``new``: bundles, or files that ``--output json`` wrote.

    Raises SnapshotError for what cannot be read, and UsageError for two assessments that have nothing in common: one
    of configuration and one of log records, or two of different accounts.
    """
    return compare_documents(document_of(old), document_of(new), str(old), str(new))


def compare_documents(older: bytes, newer: bytes, old: str, new: str) -> Comparison:
    """The same of two assessment documents, which errors call ``old`` and ``new``."""
    before, after = read_side(older), read_side(newer)
    one, other = before.assessment.run, after.assessment.run
    if one.over is not other.over:
        raise UsageError(
            f"{old} is judged over {one.over.value} and {new} over {other.over.value}: they cannot be compared.",
            "Compare two scans, or two assessments of log records.",
        )
    if one.account_ids and other.account_ids and not {*one.account_ids} & {*other.account_ids}:
        raise UsageError(
            f"{old} is of {_named(one.account_ids)} and {new} of {_named(other.account_ids)}: they have no account in "
            "common.",
            "Compare assessments of the same accounts.",
        )
    return compare(before, after)


def _named(accounts: tuple[str, ...]) -> str:
    more = f" and {len(accounts) - 3} more" if len(accounts) > 3 else ""
    return f"account{'s' if len(accounts) > 1 else ''} {', '.join(accounts[:3])}{more}"
