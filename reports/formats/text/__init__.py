r"""The assessment as a summary for a person at a terminal: what could not be seen, what failed and why, what to do.

Plain text; colour is optional and never carries a meaning that words do not. No data can drive the terminal:
control characters, escape sequences and bidirectional overrides are shown as ``\uXXXX``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from reports.characters import columns, visible
from reports.formats.text.advice import next_steps
from reports.streams import Stream, put_text
from reports.wording import (
    COMMAND,
    LOG_RECORDS,
    NO_REASON,
    OUTCOME_ORDER,
    OUTCOME_WORDS,
    WITNESS,
    Lookup,
    control_names,
    evidence_names,
    extras,
    gap_place,
    gaps_of,
    hits_left_out,
    link_lines,
    lookup,
    resource_name,
    route,
    what_to_do,
    witness_words,
)
from scanner.model import UNSEEN, Assessment, ControlResult, Coverage, Finding, Gap, JsonValue, Outcome

DEFAULT_WIDTH = 100
"""Columns of a summary written to a file."""

_MIN_WIDTH = 40
_SHOWN_PLACES = 4
_SHOWN_HITS = 5
_SHOWN_GAPS = 20
_COLOURS: Mapping[Outcome, str] = {Outcome.FAIL: "31", Outcome.UNKNOWN: "33", Outcome.PASS: "32"}
_HEADINGS: Mapping[Outcome, str] = {
    Outcome.FAIL: "Failed",
    Outcome.UNKNOWN: "Unknown: could not be judged",
    Outcome.PASS: "Passed",
    Outcome.NOT_APPLICABLE: "Not applicable",
    Outcome.MANUAL: "Manual",
}

_UNSEEN = "Unknown: all that was given was read, and it holds none of the records these rules judge by"


def write(
    assessment: Assessment, out: Stream, *, colour: bool = False, width: int = DEFAULT_WIDTH, brief: bool = False
) -> None:
    """Write the summary to ``out``, wrapped to ``width`` columns, with ANSI colours if ``colour``.

    A single word longer than a line (an ARN, an event to copy) is never broken. ``brief``, for a screen, shortens long
    lists and says so; without it nothing is left out.
    """
    put_text(out, summary(assessment, colour=colour, width=width, brief=brief))


def summary(assessment: Assessment, *, colour: bool = False, width: int = DEFAULT_WIDTH, brief: bool = False) -> str:
    """The summary of ``assessment`` as text with a final newline."""
    page = _Page(max(width, _MIN_WIDTH), colour=colour, brief=brief)
    found = lookup(assessment)
    _header(page, assessment)
    _gaps(page, assessment)
    _result(page, assessment)
    _frameworks(page, assessment)
    for outcome in OUTCOME_ORDER:
        findings = [finding for finding in assessment.findings if finding.outcome is outcome]
        if findings and outcome is Outcome.UNKNOWN:
            unseen = [finding for finding in findings if set(finding.because) == {UNSEEN}]
            _details(page, outcome, [finding for finding in findings if finding not in unseen], found)
            _details(page, outcome, unseen, found, heading=_UNSEEN)
        elif findings and outcome is Outcome.FAIL:
            _details(page, outcome, findings, found)
        elif findings:
            _settled(page, outcome, findings)
    _words(page, assessment)
    if page.shortened:
        page.lines.append("")
        page.paragraph("", "Long lists are shortened on a screen: --output text=FILE writes all of them.")
    page.heading("What to do next")
    for number, step in enumerate(next_steps(assessment, page.listed), start=1):
        page.paragraph(f"{number}. ", step)
    return "\n".join(page.lines) + "\n"


class _Page:
    """Lines of text that know their width, whether they may be coloured and whether long lists are shortened."""

    def __init__(self, width: int, *, colour: bool, brief: bool) -> None:
        self.lines: list[str] = []
        self.width = width
        self.colour = colour
        self.brief = brief
        self.shortened = False

    def listed(self, names: Sequence[str]) -> str:
        """Names in one line: all of them, or on a screen the first few and how many more there are."""
        if not self.brief or len(names) <= _SHOWN_PLACES:
            return ", ".join(names)
        self.shortened = True
        return f"{', '.join(names[:_SHOWN_PLACES])} and {len(names) - _SHOWN_PLACES} more"

    def paragraph(self, lead: str, text: str, code: str = "") -> None:
        """Wrap ``text`` behind ``lead``; further lines are indented to where the text began."""
        first, *rest = wrapped(text, self.width - columns(lead))
        self.lines.append(f"{self.painted(lead, code)}{first}".rstrip())
        self.lines += [f"{' ' * columns(lead)}{line}" for line in rest]

    def heading(self, text: str, code: str = "1") -> None:
        """A heading with a blank line before it."""
        self.lines += ["", *(self.painted(line, code) for line in wrapped(visible(text), self.width))]

    def painted(self, text: str, code: str) -> str:
        """``text`` in an ANSI style if this page has colours."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code and text.strip() else text


def wrapped(text: str, width: int) -> list[str]:
    """``text`` as lines of at most ``width`` columns, broken at spaces only; at least one line."""
    lines: list[str] = [""]
    for word in text.split(" "):
        line = lines[-1]
        if not line:
            lines[-1] = word
        elif columns(line) + 1 + columns(word) <= width:
            lines[-1] = f"{line} {word}"
        else:
            lines.append(word)
    return lines


def _header(page: _Page, assessment: Assessment) -> None:
    run = assessment.run
    tool, collected, caller = run.get("tool", {}), run.get("collected", {}), run.get("caller", {})
    name = f"{tool.get('name', 'trailwitness')} {tool.get('version', '')}".strip()
    page.lines.append(page.painted(visible(f"Assessment by {name}"), "1"))
    page.paragraph("  collected  ", visible(f"{collected.get('started', '?')} to {collected.get('finished', '?')}"))
    if caller.get("arn"):
        page.paragraph("  caller     ", visible(str(caller["arn"])))
    accounts = run.get("scope", {}).get("accounts", {})
    if run.get("kind") == LOG_RECORDS:
        _records(page, run, sorted(accounts))
        return
    shown = sorted(accounts)[:_SHOWN_PLACES] if page.brief else sorted(accounts)
    for account in shown:
        page.paragraph("  scope      ", _scope(page, account, accounts[account]))
    if len(shown) < len(accounts):
        page.shortened = True
        page.paragraph("  scope      ", f"and {len(accounts) - len(shown)} more accounts")
    page.paragraph("  evidence   ", _number(len(assessment.evidence), "recorded call"))


def _records(page: _Page, run: Mapping[str, JsonValue], accounts: Sequence[str]) -> None:
    """What was read of a log: every count that an auditor adds up."""
    counted: Mapping[str, JsonValue] = run.get("accounting", {})
    scope: Mapping[str, JsonValue] = run.get("scope", {})
    window = " to ".join(str(scope.get(end) or "…") for end in ("since", "until"))
    if scope.get("since") or scope.get("until"):
        page.paragraph("  window     ", visible(window))
    page.paragraph("  accounts   ", page.listed(accounts) or "none")
    page.paragraph("  sources    ", visible(page.listed([str(name) for name in scope.get("sources", ())])))
    records = int(counted.get("records", 0))
    events, copies = int(counted.get("events", records)), int(counted.get("duplicates", 0))
    told = f"{_number(records, 'record')}: {_number(events, 'event')}, {copies} delivered again"
    lost = f"{_number(int(counted.get('malformed', 0)), 'broken item')}, {counted.get('unread', 0)} not read"
    page.paragraph("  records    ", f"{told}; {lost}")
    shapes = Counter(str(line.get("envelope")) for line in run.get("sources", ()) if line.get("envelope"))
    if shapes:
        page.paragraph(
            "  read as    ", visible(page.listed([f"{shape} ({shapes[shape]})" for shape in sorted(shapes)]))
        )
    if excluded := scope.get("excluded"):
        page.paragraph("  left out   ", visible(", ".join(f"--exclude {pattern}" for pattern in excluded)))
    evidence = (
        f"{_number(int(counted.get('sources', 0)), 'source')}, {counted.get('skipped', 0)} known to hold no records"
    )
    if incomplete := counted.get("incomplete", 0):
        evidence += f", {incomplete} not read whole"
    passed = counted.get("passed_over", ())
    page.paragraph("  evidence   ", evidence + (f"; {len(passed)} passed over" if passed else ""))
    shown = passed[:_SHOWN_PLACES] if page.brief else passed
    for each in shown:
        page.paragraph("  passed over ", visible(f"{each['source']}: {each['why']}"))
    if len(shown) < len(passed):
        page.shortened = True
        page.paragraph("  passed over ", f"and {len(passed) - len(shown)} more")


def _result(page: _Page, assessment: Assessment) -> None:
    page.heading("Findings")
    counts: dict[Outcome, int] = {outcome: 0 for outcome in OUTCOME_ORDER if outcome is not Outcome.MANUAL}
    for finding in assessment.findings:
        counts[finding.outcome] = counts.get(finding.outcome, 0) + 1
    words = ", ".join(f"{number} {OUTCOME_WORDS[outcome]}" for outcome, number in counts.items())
    page.paragraph("  ", f"{len(assessment.findings)}: {words}")


def _scope(page: _Page, account: str, scope: Mapping[str, JsonValue]) -> str:
    text = f"{account}: {', '.join(scope.get('regions', ())) or 'no Region'}"
    skipped: Mapping[str, str] = scope.get("skipped", {})
    if skipped:
        # Regions that AWS never enabled are many and alike: told by reason, not one by one.
        reasons: dict[str, list[str]] = {}
        for region, reason in sorted(skipped.items()):
            reasons.setdefault(str(reason), []).append(region)
        told = "; ".join(f"{reason}: {page.listed(regions)}" for reason, regions in reasons.items())
        text += f" (skipped: {told})"
    return visible(text)


def _gaps(page: _Page, assessment: Assessment) -> None:
    # A Region that was left out whole is told with the scope; its gap names no operation.
    refused = [gap for gap in assessment.gaps if gap.operation]
    if not refused:
        return
    page.heading(f"Could not look ({_number(len(refused), 'gap')}): what follows is incomplete", "1;33")
    if (
        assessment.run.get("kind") == LOG_RECORDS
    ):  # each log is unlike the others, and so is what kept it from being read
        shown = refused[:_SHOWN_GAPS] if page.brief else refused
        for gap in shown:
            page.paragraph(f"  {visible(gap.kind):9} ", visible(gap.reason), "33")
        if len(shown) < len(refused):
            page.shortened = True
            page.paragraph(" " * 12, f"and {len(refused) - len(shown)} more")
        return
    alike: dict[tuple[str, str, str], list[Gap]] = {}
    for gap in refused:
        alike.setdefault((gap.kind, gap.operation, gap.code), []).append(gap)
    for (kind, operation, code), gaps in alike.items():
        places = list(dict.fromkeys(gap_place(gap) for gap in gaps))
        named = f"{operation} ({code})" if code else operation
        times = f" {len(gaps)} times" if len(gaps) > 1 else ""
        page.paragraph(f"  {visible(kind):13} ", visible(f"{named}{times} in {page.listed(places)}"), "33")
        if len(gaps) == 1:
            page.paragraph(" " * 16, visible(gaps[0].reason))


def _frameworks(page: _Page, assessment: Assessment) -> None:
    controls: dict[str, list[ControlResult]] = {}
    for control in assessment.controls:
        controls.setdefault(control.framework, []).append(control)
    if not controls:
        return
    page.heading("Controls by framework")
    name_width = max(columns(visible(name)) for name in controls)
    head = "".join(f"  {OUTCOME_WORDS[outcome]:>{_cell(outcome)}}" for outcome in OUTCOME_ORDER)
    page.lines.append(f"  {' ' * name_width}{head}")
    for name, results in controls.items():
        numbers = {outcome: sum(result.outcome is outcome for result in results) for outcome in OUTCOME_ORDER}
        cells = "".join(f"  {numbers[outcome]:>{_cell(outcome)}}" for outcome in OUTCOME_ORDER)
        page.lines.append(f"  {visible(name)}{' ' * (name_width - columns(visible(name)))}{cells}")
    listed = [result for name, results in controls.items() for result in _open_controls(page, name, results)]
    if any(result.coverage is not Coverage.FULL for result in listed):
        page.lines.append("")
        page.paragraph("  ", "[partial], [supporting]: rules decide only that much of the control, a person the rest")


def _open_controls(page: _Page, framework: str, results: Sequence[ControlResult]) -> list[ControlResult]:
    """Write the controls of one framework that failed or could not be judged, and return them."""
    open_outcomes = (Outcome.FAIL, Outcome.UNKNOWN)
    listed = [result for outcome in open_outcomes for result in results if result.outcome is outcome]
    if listed:
        page.lines += ["", f"  {visible(framework)}"]
    for result in listed:
        limit = "" if result.coverage is Coverage.FULL else f" [{result.coverage}]"
        lead = f"    {OUTCOME_WORDS[result.outcome]:8}"
        page.paragraph(lead, visible(f"{result.id} {result.title}{limit}"), _COLOURS[result.outcome])
    return listed


def _cell(outcome: Outcome) -> int:
    return max(4, len(OUTCOME_WORDS[outcome]))


def _details(page: _Page, outcome: Outcome, findings: Sequence[Finding], found: Lookup, *, heading: str = "") -> None:
    """Findings by rule, gravest first, each with its reason, and what to do: once a rule where it is the same for all."""
    if not findings:
        return
    page.heading(f"{heading or _HEADINGS[outcome]} ({len(findings)})", f"1;{_COLOURS[outcome]}")
    by_rule = sorted(_by_rule(findings), key=lambda group: (-group[0].severity.rank, group[0].rule))
    for group in by_rule:
        first = group[0]
        page.lines.append("")
        page.paragraph(f"  {first.severity.upper()} ", visible(f"{first.rule}  {first.title}"), _COLOURS[outcome])
        fixes = [" ".join(what_to_do(finding, found).split()) for finding in group] if outcome is Outcome.FAIL else [""]
        alike = len(set(fixes)) == 1
        for number, finding in enumerate(group):
            _finding(page, finding, found)
            if not alike and fixes[number]:
                page.paragraph("      fix         ", visible(fixes[number]))
        if alike and fixes[0]:
            page.paragraph("    fix           ", visible(fixes[0]))
        controls = control_names(first.rule, found)
        if controls:
            page.paragraph("    controls      ", visible(", ".join(controls)))


def _finding(page: _Page, finding: Finding, found: Lookup) -> None:
    page.paragraph("    resource      ", visible(resource_name(finding)))
    page.paragraph("      why         ", visible(" ".join(finding.reason.split())) or NO_REASON)
    if finding.links:
        page.paragraph("      route       ", route(finding.links))
        for line in link_lines(finding.links):
            page.paragraph("                  ", line)
    told = extras(finding)
    hits = [pair for pair in told if pair[0] == "Hit"]
    if page.brief and len(hits) > _SHOWN_HITS:
        page.shortened = True
        left = len(hits) - _SHOWN_HITS + max(0, hits_left_out(finding) - 1)
        told = [
            *(pair for pair in told if pair[0] != "Hit"),
            *hits[:_SHOWN_HITS],
            ("Hit", f"{left} further records match and are not listed here"),
        ]
    for label, text in told:
        if label == COMMAND:
            page.lines.append(f"      {label.lower():11} {text}")
            continue
        shown = witness_words(finding.witness) if label == WITNESS and finding.witness is not None else text
        page.paragraph(f"      {label.split(' ', 1)[0].lower():11} ", shown)
    if finding.outcome is Outcome.UNKNOWN:
        for gap in gaps_of(finding, found):
            page.paragraph("      gap         ", visible(f"{gap.kind}: {gap.reason}"))
    evidence = ", ".join(evidence_names(finding, found))
    if evidence:
        page.paragraph("      evidence    ", visible(evidence))


def _settled(page: _Page, outcome: Outcome, findings: Sequence[Finding]) -> None:
    """What passed, or does not concern the account, by rule: an auditor asks for the whole population.

    Each resource with what was observed of it; on a screen their names alone.
    """
    page.heading(f"{_HEADINGS[outcome]} ({len(findings)})")
    for group in sorted(_by_rule(findings), key=lambda group: group[0].rule):
        page.paragraph("  ", visible(f"{group[0].rule}  {group[0].title}"))
        if page.brief:
            page.paragraph("      ", visible(page.listed([finding.resource for finding in group])))
        for finding in () if page.brief else group:
            page.paragraph("    ", visible(resource_name(finding)))
            page.paragraph("        ", visible(" ".join(finding.reason.split())) or NO_REASON)


_ROUTE_WORDS: Mapping[str, str] = {
    "lost": "events that the rule asks for and that no working route carries",
    "nearest": "where a route comes closest: repair it there first",
    "witness": "one lost event as an example; it is made up, and nobody did what it says",
}
"""The words of a finding about a route that a reader meets here for the first time."""


def _words(page: _Page, assessment: Assessment) -> None:
    """What the words of broken routes mean, where there is one."""
    if not any(finding.witness is not None for finding in assessment.findings):
        return
    page.heading("Words")
    for word, meaning in _ROUTE_WORDS.items():
        page.paragraph(f"  {word:9}", meaning)


def _by_rule(findings: Iterable[Finding]) -> list[list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.rule, []).append(finding)
    return list(groups.values())


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
