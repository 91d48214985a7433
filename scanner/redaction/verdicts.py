"""Whether what is judged of replaced values is what was judged of the originals."""

from collections import Counter
from collections.abc import Callable

from scanner.errors import UsageError
from scanner.model import Assessment, Finding


def check_verdicts(before: Assessment, after: Assessment, replaced: Callable[[str], str]) -> None:
    """Refuse what changes a verdict: it would no longer be this account that is judged. Raises UsageError."""
    was = Counter(_verdict(item, replaced) for item in before.findings)
    now = Counter(_verdict(item, str) for item in after.findings)
    changed = sorted((was - now) | (now - was))
    if changed:
        rule, account, region, *_ = changed[0]
        place = f"{account}/{region}" if region else account
        raise UsageError(
            f"Replacing these values would change what the rule {rule} says{f' of {place}' if place else ''}.",
            "Nothing was written. Choose other values: verdicts rest on these.",
        )


def _verdict(finding: Finding, replaced: Callable[[str], str]) -> tuple[str, str, str, str, str, str, int]:
    where = (replaced(finding.account), finding.region, replaced(finding.resource))
    return finding.rule, *where, finding.outcome, finding.waiver, finding.hit_count
