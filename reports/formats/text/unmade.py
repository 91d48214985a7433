"""What to do about calls that nobody made: by whether the account was looked at, the Region, or only other rules."""

from collections.abc import Iterable

from scanner.model import Gap, ScanRun

_OTHER_ACCOUNTS = "Scan these accounts too, together with the others; nothing was asked there: {}."
_OTHER_REGIONS = "Look at these Regions too, by --region or by leaving it out; nothing was asked there: {}."
OTHER_RULES = "Collect again with these rules selected; the snapshot lacks: {}."


def for_calls_not_made(gaps: Iterable[Gap], run: ScanRun) -> list[str]:
    """Sentences about the gaps of kind ``not-collected``, each true of the calls that it is about.

    Nothing is said here of an account that could not be entered or is out of scope: why is told on its own.
    """
    accounts: set[str] = set()
    regions: set[str] = set()
    operations: set[str] = set()
    for gap in gaps:
        scope = run.accounts.get(gap.account)
        if gap.account in run.skipped or (scope is not None and scope.reason):
            continue
        if scope is None and gap.account:
            accounts.add(gap.account)
        elif scope is not None and gap.region and gap.region not in scope.regions:
            regions.add(f"{gap.region} in {gap.account}")
        else:
            operations.add(gap.operation)
    steps = {_OTHER_ACCOUNTS: accounts, _OTHER_REGIONS: regions, OTHER_RULES: operations}
    return [sentence.format(", ".join(sorted(told))) for sentence, told in steps.items() if told]
