"""The head of the summary: when and by whom facts were collected, in which scope, and what could not be looked at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import assert_never

from reports.characters import visible
from reports.formats.text.page import SHOWN_PLACES, Page, counted
from reports.wording import gap_place, joined_lately
from scanner.model import READ, Accounting, AccountScope, Assessment, Gap, LogRun, Over, PeriodRun, ScanRun

_SHOWN_GAPS = 8
_SHOWN_REFUSALS = 6
"""How many gaps, and how many kinds of refused calls, are told on a screen."""


def write_head(page: Page, assessment: Assessment) -> None:
    """What was judged: by which version, when, for whom and in which scope."""
    run = assessment.run
    name = f"{run.tool.name or 'trailwitness'} {run.tool.version}".strip()
    page.lines.append(page.painted(visible(f"Assessment by {name}"), "1"))
    page.paragraph("  collected  ", visible(f"{run.collected.started or '?'} to {run.collected.finished or '?'}"))
    if run.caller.arn:
        page.paragraph("  caller     ", visible(run.caller.arn))
    match run:
        case ScanRun():
            _write_scope(page, run)
            _write_joined(page, run)
            _write_declared(page, run)
            _write_redacted(page, run)
            _write_evidence(page, assessment)
        case LogRun():
            _write_redacted(page, run)
            _write_records(page, run)
        case _:
            assert_never(run)


def write_place(page: Page, assessment: Assessment) -> None:
    """The same in a few lines, for a screen: who, when, and how much was looked at."""
    run = assessment.run
    name = f"{run.tool.name or 'trailwitness'} {run.tool.version}".strip()
    page.lines.append(page.painted(visible(f"Assessment by {name}"), "1"))
    who = f" by {run.caller.arn}" if run.caller.arn else ""
    when = f"{run.collected.started or '?'} to {run.collected.finished or '?'}"
    page.paragraph("  collected  ", visible(f"{when}{who}"))
    match run:
        case ScanRun():
            page.paragraph("  scope      ", visible(_scope_in_short(page, run)))
            _write_evidence(page, assessment)
            _write_closed(page, run)
            _write_left_out(page, run.skipped)
            _write_joined(page, run)
            _write_declared(page, run)
        case LogRun():
            _write_records(page, run)
        case _:
            assert_never(run)


def _write_evidence(page: Page, assessment: Assessment) -> None:
    """What the verdicts rest on: recorded calls, and in a period its parts as well."""
    calls = sum(item.operation != READ for item in assessment.evidence)
    page.paragraph("  evidence   ", counted(calls, "recorded call"))
    run = assessment.run
    if not isinstance(run, PeriodRun):
        return
    page.paragraph("  period     ", visible(f"{run.since} up to {run.until}, as of {run.as_of}"))
    for each in run.gathered:
        told = each.absent or each.source
        left = f"; not looked at: {page.listed(each.lacks)}" if each.lacks else ""
        page.paragraph(f"  {visible(each.part):10} ", visible(f"{told}{left}"), "33" if each.absent or left else "")
    if run.logs is not None:
        _write_records(page, run.logs)


def _scope_in_short(page: Page, run: ScanRun) -> str:
    """Accounts and Regions by number, with the first few names, and what was left out of them."""
    regions = sorted({region for scope in run.accounts.values() for region in scope.regions})
    accounts = f"{counted(len(run.accounts), 'account')} ({page.listed(run.account_ids)})" if run.accounts else "none"
    where = f"{counted(len(regions), 'Region')}" + (
        f" ({', '.join(regions)})" if 0 < len(regions) <= SHOWN_PLACES else ""
    )
    reasons: dict[str, set[str]] = {}
    for scope in run.accounts.values():
        for region, reason in scope.skipped.items():
            reasons.setdefault(reason, set()).add(region)
    skipped = "; ".join(f"{counted(len(names), 'Region')} {reason}" for reason, names in sorted(reasons.items()))
    return f"{accounts}, {where}{f'; skipped: {skipped}' if skipped else ''}"


def _write_closed(page: Page, run: ScanRun) -> None:
    """The accounts that could not be looked at as a whole, or only in part, with why."""
    closed: dict[str, list[str]] = {}
    for account, scope in sorted(run.accounts.items()):
        if scope.reason:
            closed.setdefault(scope.reason, []).append(account)
    for reason, accounts in closed.items():
        seen = any(run.accounts[account].regions for account in accounts)
        told = f"({reason})" if seen else f"no Region ({reason})"
        page.paragraph("  scope      ", visible(f"{page.listed(accounts)}: {told}"), "33")


def _write_scope(page: Page, run: ScanRun) -> None:
    for account in run.account_ids:
        page.paragraph("  scope      ", _scope(page, account, run.accounts[account]))
    _write_left_out(page, run.skipped)


def _write_left_out(page: Page, skipped: Mapping[str, str]) -> None:
    """Accounts that are out of scope are many and alike: told by reason, not one by one."""
    reasons: dict[str, list[str]] = {}
    for account, reason in sorted(skipped.items()):
        reasons.setdefault(reason, []).append(account)
    for reason, accounts in reasons.items():
        page.paragraph("  left out   ", visible(f"{page.listed(accounts)}: {reason}"))


def _write_joined(page: Page, run: ScanRun) -> None:
    """Accounts that joined the organization lately: logs that are to go back a year need not go back so far there."""
    lately = joined_lately(run)
    if not lately:
        return
    told = page.listed([f"{account} on {day}" for account, day in lately.items()])
    text = f"the organization in the last year: {told}; no organization trail has anything of an account from before"
    page.paragraph("  joined     ", visible(text))


def _write_redacted(page: Page, run: ScanRun | LogRun) -> None:
    """That not everything below is as AWS gave it."""
    if run.redacted:
        told = ", ".join(f"{rule} {count}" for rule, count in run.redacted.items())
        page.paragraph("  replaced   ", visible(f"values by pseudonyms: {told}"))


def _write_declared(page: Page, run: ScanRun) -> None:
    """The declared routes, each with whose word it rests on: nobody checked that."""
    shown = run.declared[:SHOWN_PLACES] if page.brief else run.declared
    for route in shown:
        state = "" if route.counts else "; outside these days, so it does not count"
        word = f"attested by {route.owner}, {route.proof}, reviewed {route.reviewed}, until {route.expires}{state}"
        page.paragraph("  declared   ", visible(f"route {route.id} to {route.watched_by} ({word})"))
    if len(shown) < len(run.declared):
        page.shortened = True
        page.paragraph("  declared   ", f"and {len(run.declared) - len(shown)} more routes")


def _scope(page: Page, account: str, scope: AccountScope) -> str:
    text = f"{account}: {', '.join(scope.regions) or 'no Region'}"
    if scope.reason:
        text += f" ({scope.reason})"
    if scope.skipped:
        # Regions that AWS never enabled are many and alike: told by reason, not one by one.
        reasons: dict[str, list[str]] = {}
        for region, reason in sorted(scope.skipped.items()):
            reasons.setdefault(reason, []).append(region)
        told = "; ".join(f"{reason}: {page.listed(regions)}" for reason, regions in reasons.items())
        text += f" (skipped: {told})"
    return visible(text)


def _write_records(page: Page, run: LogRun) -> None:
    """What was read of a log: every count that an auditor adds up."""
    if run.since or run.until:
        page.paragraph("  window     ", visible(f"{run.since or '…'} to {run.until or '…'}"))
    page.paragraph("  accounts   ", visible(page.listed(run.account_ids)) or "none")
    page.paragraph("  sources    ", visible(page.listed(run.asked)))
    sums = run.accounting
    told = f"{counted(sums.records, 'record')}: {counted(sums.events, 'event')}, {sums.duplicates} delivered again"
    lost = f"{counted(sums.malformed, 'broken item')}, {sums.unread} not read"
    page.paragraph("  records    ", f"{told}; {lost}")
    shapes = Counter(line.envelope for line in run.sources if line.envelope)
    if shapes:
        named = [f"{shape} ({shapes[shape]})" for shape in sorted(shapes)]
        page.paragraph("  read as    ", visible(page.listed(named)))
    if run.excluded:
        page.paragraph("  left out   ", visible(", ".join(f"--exclude {pattern}" for pattern in run.excluded)))
    page.paragraph("  evidence   ", _evidence(sums))
    _write_passed_over(page, sums.passed_over)


def _evidence(sums: Accounting) -> str:
    text = f"{counted(sums.sources, 'source')}, {sums.skipped} known to hold no records"
    if sums.incomplete:
        text += f", {sums.incomplete} not read whole"
    return f"{text}; {len(sums.passed_over)} passed over" if sums.passed_over else text


def _write_passed_over(page: Page, passed: Sequence[tuple[str, str]]) -> None:
    shown = passed[:SHOWN_PLACES] if page.brief else passed
    for source, why in shown:
        page.paragraph("  passed over ", visible(f"{source}: {why}"))
    if len(shown) < len(passed):
        page.shortened = True
        page.paragraph("  passed over ", f"and {len(passed) - len(shown)} more")


def write_gaps(page: Page, assessment: Assessment) -> None:
    """What could not be looked at; nothing where there is no such thing."""
    # A Region that was left out whole is told with the scope; its gap names no operation.
    refused = [gap for gap in assessment.gaps if gap.operation]
    if not refused:
        return
    page.heading(f"Could not look ({counted(len(refused), 'gap')}): what follows is incomplete", "1;33")
    match assessment.run.over:
        case Over.FACTS:
            _write_refused(page, refused)
        case Over.RECORDS | Over.PERIOD:
            _write_unread(page, refused)
        case other:
            assert_never(other)


def _write_unread(page: Page, gaps: Sequence[Gap]) -> None:
    """One line per gap: each log is unlike the others, and so is what kept it from being read."""
    shown = gaps[:_SHOWN_GAPS] if page.brief else gaps
    for gap in shown:
        page.paragraph(f"  {visible(gap.kind):9} ", visible(gap.reason), "33")
    if len(shown) < len(gaps):
        page.shortened = True
        page.paragraph(" " * 12, f"and {len(gaps) - len(shown)} more")


def _write_refused(page: Page, gaps: Sequence[Gap]) -> None:
    """One line for the gaps of one operation that have one cause."""
    groups = _alike(gaps)
    shown = list(groups.items())[:_SHOWN_REFUSALS] if page.brief else list(groups.items())
    for (kind, operation, code), alike in shown:
        places = list(dict.fromkeys(gap_place(gap) for gap in alike))
        named = f"{operation} ({code})" if code else operation
        times = f" {len(alike)} times" if len(alike) > 1 else ""
        page.paragraph(f"  {visible(kind):13} ", visible(f"{named}{times} in {page.listed(places)}"), "33")
        if len(alike) == 1:
            page.paragraph(" " * 16, visible(alike[0].reason))
    if len(shown) < len(groups):
        page.shortened = True
        left = sum(len(alike) for _, alike in list(groups.items())[len(shown) :])
        page.paragraph(" " * 16, f"and {counted(left, 'more gap')} of {counted(len(groups) - len(shown), 'more kind')}")


def _alike(gaps: Sequence[Gap]) -> Mapping[tuple[str, str, str], list[Gap]]:
    alike: dict[tuple[str, str, str], list[Gap]] = {}
    for gap in gaps:
        alike.setdefault((gap.kind, gap.operation, gap.code), []).append(gap)
    return alike
