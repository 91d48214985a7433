"""What every report says about one finding: its evidence, its route, its gap and its controls, in the same words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from reports.characters import visible
from reports.plain_json import compact_json
from scanner.arns import parse_arn
from scanner.model import (
    Assessment,
    CallKey,
    Cause,
    ControlResult,
    Evidence,
    Finding,
    Gap,
    HitDetails,
    JsonValue,
    Link,
    MatchedRecord,
    Outcome,
    Over,
    ResourceDetails,
    RouteDetails,
    Rule,
    ScanRun,
)
from scanner.times import parse_time

COMMAND = "Command"
"""Label of a command to copy: it is never wrapped."""

WITNESS = "Witness (made-up example)"
"""Label of a witness among ``extras``, where it is written whole as one line of JSON.

A witness is an event that the deployed filters would lose. It is put together by Trailwitness to show that there is
one: nobody did what it says, and no report may let it pass for a record.
"""

_OVER: Mapping[Over, str] = {Over.FACTS: "configuration", Over.RECORDS: "records", Over.PERIOD: "period"}


def over_words(control: ControlResult) -> str:
    """What the configuration, the records and the period say of a control, each by itself; "" outside of a period."""
    return ", ".join(f"{_OVER[over]} {OUTCOME_WORDS[outcome]}" for over, outcome in control.over.items())


REPAIR = "Repair"
"""Label of the one thing among ``extras`` that puts a broken route right."""

SYNTHETIC = "synthetic"
"""The member that every report of a witness carries, with the value true."""

NO_REASON = "No reason was recorded for this outcome."

NO_ACCOUNT = "no account"
"""Stands for the account of log records that name none."""

_FEW_POINTERS = 8  # a route rests on every filter and alarm it weighed; the JSON and CSV reports list them all

LATELY = timedelta(days=365)
"""How long before a scan an account is said to have joined its organization lately: audit logs are to be kept a year.

Source: PCI DSS v4.0.1, requirement 10.5.1.
"""

OUTCOME_ORDER = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.MANUAL)
"""Outcomes as a reader needs them: what failed, what could not be judged, then the rest."""

OUTCOME_WORDS: Mapping[Outcome, str] = {
    Outcome.PASS: "pass",
    Outcome.FAIL: "fail",
    Outcome.UNKNOWN: "unknown",
    Outcome.NOT_APPLICABLE: "not applicable",
    Outcome.MANUAL: "manual",
}

LINK_SIGNS: Mapping[Outcome, str] = {
    Outcome.PASS: "✓",
    Outcome.FAIL: "✗ broken",
    Outcome.UNKNOWN: "? unknown",
    Outcome.NOT_APPLICABLE: "– not applicable",
    Outcome.MANUAL: "? manual",
}


@dataclass(frozen=True, slots=True)
class Lookup:
    """An assessment's rules by id, its controls and their names by rule, its evidence and gaps by their call's key."""

    rules: Mapping[str, Rule]
    controls: Mapping[str, Sequence[ControlResult]]
    names: Mapping[str, Sequence[str]]
    evidence: Mapping[CallKey, Evidence]
    gaps: Mapping[CallKey, Gap]


def lookup(assessment: Assessment) -> Lookup:
    """Index ``assessment`` once, for all of its findings."""
    controls: dict[str, list[ControlResult]] = {}
    for control in assessment.controls:
        for rule in control.rules:
            controls.setdefault(rule, []).append(control)
    rules: dict[str, Rule] = {rule.id: rule for rule in assessment.rules}
    # So many calls are not held at once: findings know the numbers of theirs, in the order of their sources.
    evidence = {item.key: item for item in assessment.evidence} if isinstance(assessment.evidence, tuple) else {}
    gaps = {gap.key: gap for gap in reversed(assessment.gaps)}  # the first of each call
    names = {rule: tuple(map(_control_name, listed)) for rule, listed in controls.items()}
    return Lookup(rules, controls, names, evidence, gaps)


def _control_name(control: ControlResult) -> str:
    return f"{control.framework} {control.id}"


def resource_name(finding: Finding) -> str:
    """The resource, and where it is unless its ARN says so: no two places give one name."""
    if finding.resource == finding.account and not finding.region:
        return f"account {finding.account}" if finding.account else "records without an account"
    arn = parse_arn(finding.resource)
    if arn is not None and (arn.region, arn.account) == (finding.region, finding.account):
        return finding.resource
    return f"{finding.resource} in {place(finding.account, finding.region)}"


def place(account: str, region: str) -> str:
    """``account/Region``, or the account alone where a finding concerns it as a whole; log records may name neither."""
    return f"{account}/{region}" if region else account or NO_ACCOUNT


def pointers(finding: Finding, found: Lookup) -> list[str]:
    """Where the facts of ``finding`` are, as ``EV-0001#/json/pointer`` into the raw answer, each once.

    A source whose call was never made has no evidence number and is left out; the reason then names the gap.
    """
    if not found.evidence:
        calls = dict.fromkeys(source.call for source in finding.sources)
        ids = dict(zip(calls, finding.evidence, strict=False))
        return [f"{ids[source.call]}#{source.pointer}" for source in finding.sources if source.call in ids]
    cited: dict[str, None] = {}
    call, item = None, None
    for source in finding.sources:
        if source.call is not call:  # many pointers lead into one answer
            call = source.call
            item = found.evidence.get(call)
        if item is not None:
            cited[f"{item.id}#{source.pointer}"] = None
    return list(cited)


def evidence_names(finding: Finding, found: Lookup) -> list[str]:
    """What ``finding`` rests on, for a reader: its pointers while they are few, else its evidence numbers."""
    cited = [pointer.removesuffix("#") for pointer in pointers(finding, found)]
    return cited if 0 < len(cited) <= _FEW_POINTERS else list(finding.evidence)


def gaps_of(finding: Finding, found: Lookup) -> list[Gap]:
    """The gaps ``finding`` cites, each once: what kept an unknown finding from being judged."""
    calls = dict.fromkeys(source.call for source in finding.sources)
    return [found.gaps[call] for call in calls if call in found.gaps]


def gap_place(gap: Gap) -> str:
    """Where a gap is: the account and Region of a call, or the name of a log source."""
    return (
        str(gap.arguments["source"])
        if not gap.account and "source" in gap.arguments
        else place(gap.account, gap.region)
    )


def gap_kind(finding: Finding, found: Lookup) -> str:
    """The kind of the first gap that ``finding`` cites, else why it is unknown, or ``unknown`` when nothing says so."""
    return next((gap.kind for gap in gaps_of(finding, found)), "-".join(finding.because) or "unknown")


def first_line(text: str, limit: int) -> str:
    """The first line of ``text`` that says something, as one visible line of at most ``limit`` characters."""
    lines = (visible(line.strip().replace("\t", " ")) for line in text.splitlines())
    line = next((line for line in lines if line), NO_REASON)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def route(links: Sequence[Link]) -> str:
    """The chain of a route in one line: ``trail ✓ → selectors ✓ → filter ✗ broken → alarm ? unknown``."""
    return " → ".join(f"{visible(link.name)} {LINK_SIGNS[link.verdict]}" for link in links)


def link_lines(links: Sequence[Link]) -> list[str]:
    """One line for each link that is not whole: its verdict, the resource judged and why."""
    return [
        f"{visible(link.name)} {OUTCOME_WORDS[link.verdict]}{_candidate(link)}: {visible(link.reason)}"
        for link in links
        if link.verdict is not Outcome.PASS
    ]


def extras(finding: Finding) -> list[tuple[str, str]]:
    """What a finding knows beside its reason, as (label, text) pairs; ``hit_lines`` tells its log records."""
    details = finding.details
    pairs: list[tuple[str, str]] = []
    if finding.cause is not None:
        pairs.append(("Cause", visible(cause_words(finding.cause))))
    if isinstance(details, RouteDetails):
        pairs += _route_facts(details, holds=finding.outcome is Outcome.PASS)
    if finding.witness is not None:
        pairs.append((WITNESS, compact_json(marked(finding.witness))))
    return [(label, text) for label, text in pairs if text]


def cause_words(cause: Cause) -> str:
    """The thing that a finding comes from, in words: what it is, its ARN and whose it is."""
    if cause.resource == cause.account:
        return f"{cause.what} {cause.account}"
    return f"{cause.what} {cause.resource} of account {cause.account}"


def _route_facts(details: RouteDetails, *, holds: bool) -> list[tuple[str, str]]:
    pairs = [("Lost events", visible(", ".join(details.lost)))]
    if not holds:  # a route that holds has no candidate that merely comes near
        pairs.append(("Nearest candidate", visible(details.nearest)))
    pairs.append(("Assumption", visible(details.assumption)))
    pairs += [("Warning", visible(warning)) for warning in details.warnings]
    if details.fix is not None:
        pairs.append((REPAIR, visible(details.fix.text)))
        pairs += [(COMMAND, visible(line)) for line in details.fix.commands]
    return pairs


def what_to_do(finding: Finding, found: Lookup) -> str:
    """How a failure is put right: the remediation of its rule, with the resource's own names where they are known."""
    if isinstance(finding.details, ResourceDetails):
        return visible(finding.details.fix.text)
    rule = found.rules.get(finding.rule)
    return rule.remediation if rule is not None else ""


def repair_words(finding: Finding, found: Lookup) -> str:
    """How exactly this failure is put right: by its own repair where it has one, else by what its rule says."""
    details = finding.details
    if isinstance(details, RouteDetails) and details.fix is not None:
        return visible(details.fix.text)
    return what_to_do(finding, found)


def hit_words(hit: MatchedRecord) -> str:
    """A record that a log-event rule matched, in one line: when, what, who, from where, and which record it is."""
    what = visible(hit.event_name) or "a record without eventName"
    what += f" of {visible(hit.event_source)}" if hit.event_source else ""
    parts = [f"{visible(hit.event_time)} {what}".strip()]
    more = (("by", hit.actor), ("from", hit.source_ip), ("in", hit.region), ("refused:", hit.error))
    parts += [f"{word} {visible(value)}" for word, value in more if value]
    return f"{' '.join(parts)} (event {visible(hit.event_id) or 'without id'})"


def hit_lines(finding: Finding) -> list[str]:
    """The records that a log-event rule matched, each in one line, and how many more there are."""
    lines = [hit_words(hit) for hit in listed_hits(finding)]
    more = finding.hit_count - len(lines)
    if more > 0:
        lines.append(f"{more} further records match and are not listed one by one; the logs hold them")
    return lines


def listed_hits(finding: Finding) -> tuple[MatchedRecord, ...]:
    """The records that a finding lists; it may count more."""
    return finding.details.hits if isinstance(finding.details, HitDetails) else ()


def marked(witness: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """A witness with the mark that tells it from a record."""
    return {**witness, SYNTHETIC: True}


def witness_words(witness: Mapping[str, JsonValue]) -> str:
    """A witness in words, marked as what it is."""
    return f"made-up example, not a record: {event_words(witness)}"


def event_words(event: Mapping[str, JsonValue]) -> str:
    """A lost event in words: its name and source, and the fields that filters most often depend on."""
    if "eventName" not in event:
        return compact_json(event)
    identity, additional = event.get("userIdentity"), event.get("additionalEventData")
    fields = {
        "errorCode": event.get("errorCode"),
        "errorMessage": event.get("errorMessage"),
        "userIdentity.type": identity.get("type") if isinstance(identity, Mapping) else None,
        "MFAUsed": additional.get("MFAUsed") if isinstance(additional, Mapping) else None,
    }
    told = "".join(f", {name} {_words(value)}" for name, value in fields.items() if value is not None)
    return f"{_words(event['eventName'])} of {_words(event.get('eventSource'))}{told}"


def control_names(rule: str, found: Lookup) -> Sequence[str]:
    """The controls that list ``rule``, as ``framework id``, in the assessment's order."""
    return found.names.get(rule, ())


def _candidate(link: Link) -> str:
    return f" ({visible(link.candidate)})" if link.candidate else ""


def _words(value: JsonValue) -> str:
    if value is None:
        return ""
    listed = value if isinstance(value, list | tuple) else (value,)
    return ", ".join(visible(item if isinstance(item, str) else compact_json(item)) for item in listed)


def joined_lately(run: ScanRun) -> dict[str, str]:
    """The accounts that joined their organization within a year before the scan, each with the day."""
    began = parse_time(run.collected.started)
    found: dict[str, str] = {}
    for account, scope in sorted(run.accounts.items()):
        joined = parse_time(scope.joined)
        if began is not None and joined is not None and began - joined < LATELY:
            found[account] = joined.date().isoformat()
    return found
