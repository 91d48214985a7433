"""HDF, the ``exec-json`` of InSpec, as MITRE Heimdall opens it: a profile per account, a control per rule in it.

Heimdall gives a control the status of its worst result and takes controls of one id in one file for overlays of each
other, of which it shows one (``libs/inspecjs/src/context.ts``). So the id of a control names the account as well, and
what could not be decided in one account hides no failure in another. It shows a control as not applicable when it is
waived or without impact: a control counts as waived when every failure of its rule in the account is and nothing of it
is unknown, and only one that is not applicable to everything has no impact. What a person has to judge is in a profile
of its own, and so is what could not be looked at.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, pairwise
from operator import attrgetter

from reports.characters import visible
from reports.formats.standards.moments import AnyRun, began, end_of, moment_text
from reports.formats.standards.streaming import Listed, Tree, document_pieces
from reports.formats.standards.telling import Stated, control_name, manual_controls, stated_in, waiver_words
from reports.formats.standards.unseen import RULE, TITLE, Unseen, unseen_in
from reports.streams import Stream, put_bytes
from reports.wording import (
    NO_ACCOUNT,
    NO_REASON,
    control_names,
    evidence_names,
    gap_kind,
    repair_words,
    resource_name,
)
from scanner.model import (
    Assessment,
    ControlResult,
    Finding,
    InForce,
    JsonValue,
    Outcome,
    Rule,
    RuleId,
    Severity,
    Waiver,
)

Members = dict[str, JsonValue]

_ACCOUNT = attrgetter("account")

_STATUS: Mapping[Outcome, str] = {
    Outcome.PASS: "passed",
    Outcome.FAIL: "failed",
    Outcome.UNKNOWN: "error",
    Outcome.NOT_APPLICABLE: "skipped",
    Outcome.MANUAL: "skipped",
}
"""InSpec has no status for what is not applicable: it is skipped, in a control without impact when nothing else is."""

_IMPACT: Mapping[Severity, float] = {
    Severity.INFO: 0.1,  # without impact a failure would read as not applicable
    Severity.LOW: 0.3,
    Severity.MEDIUM: 0.5,
    Severity.HIGH: 0.7,
    Severity.CRITICAL: 0.9,
}

_NIST = ("nist-800-53", "nist-sp-800-53")
"""How the ids of frameworks begin whose controls Heimdall sorts by."""


def write(assessment: Assessment, out: Stream) -> None:
    """Write ``assessment`` to ``out`` as HDF.

    Raises TrailwitnessError when the run does not state when its evidence was collected.
    """
    for piece in document_pieces(_document(assessment)):
        put_bytes(out, piece)


def _document(assessment: Assessment) -> Tree:
    run = assessment.run
    began(run)  # refuses a run without times, also where nothing was found
    profiles = Listed(_profiles(assessment, stated_in(assessment)))
    return {
        "platform": {
            "name": "AWS",
            "release": visible(run.partition),
            "target_id": visible(", ".join(run.account_ids)),
        },
        "version": visible(run.tool.version) or "0",
        "statistics": {},
        "profiles": profiles if assessment.findings or manual_controls(assessment) or unseen_in(assessment) else [],
    }


def _profiles(assessment: Assessment, stated: Stated) -> Iterator[Tree]:
    digest = _digest(assessment)
    for account, findings in _by_account(assessment.findings):
        name = visible(account) or NO_ACCOUNT.replace(" ", "-")
        title = f"Account {name}" if account else "Log records without an account"
        yield _profile(f"trailwitness-{name}", title, digest, _judged(account, findings, assessment.run, stated))
    manual = manual_controls(assessment)
    if manual:
        controls: list[Tree] = [_manual(control, assessment.run, stated) for control in manual]
        yield _profile("trailwitness-manual-controls", "Controls that a person has to judge", digest, controls)
    if unseen := unseen_in(assessment):
        gaps = [_unseen(each, assessment.run) for each in unseen]
        yield _profile("trailwitness-could-not-look", "What could not be looked at", digest, gaps)


def _profile(name: str, title: str, digest: str, controls: list[Tree]) -> Tree:
    return {
        "name": name,
        "title": title,
        "sha256": digest,
        "supports": [],
        "attributes": [],
        "groups": [],
        "controls": tuple(controls),
    }


def _digest(assessment: Assessment) -> str:
    """The SHA-256 of all rules: what HDF calls the checksum of a profile."""
    digest = hashlib.sha256()
    for rule in assessment.rules:
        digest.update(rule.text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _by_account(findings: Iterable[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    """The findings by account; of accounts in order, those of one are at hand at a time."""
    accounts = [account for account, _ in groupby(findings, _ACCOUNT)]
    if all(one < other for one, other in pairwise(accounts)):
        yield from ((account, list(block)) for account, block in groupby(findings, _ACCOUNT))
        return
    blocks: dict[str, list[Finding]] = {}
    for finding in findings:
        blocks.setdefault(finding.account, []).append(finding)
    yield from sorted(blocks.items())


def _judged(account: str, findings: list[Finding], run: AnyRun, stated: Stated) -> list[Tree]:
    by_rule: dict[RuleId, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    return [_control(account, each, run, stated) for each in by_rule.values()]


def _control(account: str, findings: list[Finding], run: AnyRun, stated: Stated) -> Tree:
    """A rule in an account, with a result for each finding."""
    first = findings[0]
    rule = stated.found.rules.get(first.rule)
    severity = max((finding.severity for finding in findings), key=lambda each: each.rank)
    concerned = any(finding.outcome is not Outcome.NOT_APPLICABLE for finding in findings)
    return {
        "id": visible(f"{first.rule} in {account}" if account else first.rule),
        "title": visible(first.title or first.rule),
        "desc": visible(rule.description if rule is not None else first.title),
        "descriptions": [] if rule is None else _descriptions(rule),
        "impact": _IMPACT[severity] if concerned else 0,
        "refs": _refs(rule.references if rule is not None else ()),
        "tags": {
            "severity": "none" if severity is Severity.INFO else str(severity),
            "controls": list(map(visible, control_names(first.rule, stated.found))),
            **_nist(first.rule, stated),
        },
        "source_location": {"ref": visible(rule.path)} if rule is not None else {},
        "results": [_result(finding, run, stated) for finding in findings],
        **_waived(findings, stated),
    }


def _descriptions(rule: Rule) -> list[JsonValue]:
    told = (("check", rule.description), ("rationale", rule.rationale), ("fix", rule.remediation))
    return [{"label": label, "data": visible(text, keep="\n")} for label, text in told if text]


def _refs(references: Iterable[str]) -> list[JsonValue]:
    return [{"url": visible(reference)} for reference in references]


def _nist(rule: RuleId, stated: Stated) -> Members:
    controls = stated.found.controls.get(rule, ())
    nist = [visible(control.id) for control in controls if control.framework.startswith(_NIST)]
    return {"nist": nist} if nist else {}


def _result(finding: Finding, run: AnyRun, stated: Stated) -> Members:
    evidence = ", ".join(evidence_names(finding, stated.found))
    said = "\n".join((visible(finding.reason, keep="\n").strip() or NO_REASON, *stated.remarks_on(finding)))
    result: Members = {
        "status": _STATUS[finding.outcome],
        "code_desc": visible(
            f"{resource_name(finding)}{f' (evidence {evidence})' if evidence else ''}: {said}", keep="\n"
        ),
        "start_time": moment_text(began(run)),
        "resource_id": visible(finding.resource),
    }
    match finding.outcome:
        case Outcome.FAIL:
            repair = visible(repair_words(finding, stated.found), keep="\n").strip()
            return {**result, "message": f"{said}\n{repair}".strip()}
        case Outcome.UNKNOWN:
            return {**result, "message": said, "exception": visible(gap_kind(finding, stated.found))}
        case Outcome.NOT_APPLICABLE:
            return {**result, "skip_message": said}
        case _:
            return result


def _waived(findings: list[Finding], stated: Stated) -> Members:
    """The waivers of a control. It is waived when all of its failures are and nothing is unknown.

    Heimdall shows nothing else of a control that is waived.
    """
    failures = [finding for finding in findings if finding.outcome is Outcome.FAIL]
    unknown = [finding for finding in findings if finding.outcome is Outcome.UNKNOWN]
    waivers: dict[str, Waiver] = {}
    for finding in failures:
        waiver = stated.waiver_of(finding)
        if waiver is not None:
            waivers[waiver.id] = waiver
    if not waivers:
        return {}
    words = "\n".join(map(waiver_words, waivers.values()))
    first_end = min(waiver.until for waiver in waivers.values())
    data: Members = {
        "expiration_date": end_of(first_end),
        "justification": words,
        "message": words,
        "run": True,
        "skipped_due_to_waiver": all(stated.waiver_of(finding) is not None for finding in (*failures, *unknown)),
    }
    return {"waiver_data": data}


def _manual(control: ControlResult, run: AnyRun, stated: Stated) -> Members:
    name, words = control_name(control), stated.review_words(control)
    result: Members = {
        "status": _STATUS[control.outcome],
        "code_desc": name,
        "skip_message": words,
        "start_time": moment_text(began(run)),
    }
    nist: Members = {"nist": [visible(control.id)]} if control.framework.startswith(_NIST) else {}
    return {
        "id": name,
        "title": visible(control.title),
        "desc": visible(control.notes, keep="\n"),
        "impact": _IMPACT[Severity.MEDIUM],
        "refs": [],
        "tags": {"controls": [name], **nist},
        "source_location": {},
        "results": [result],
        **_attested(control, stated),
    }


def _attested(control: ControlResult, stated: Stated) -> Members:
    """An attestation that counts; an overdue one is told as the result's message only."""
    use = stated.attestation_of(control)
    if use is None or use.in_force is not InForce.YES:
        return {}
    said = use.attestation
    return {
        "attestation_data": {
            "control_id": control_name(control),
            "explanation": visible(said.statement, keep="\n"),
            "frequency": f"{max((said.next_due - said.made).days, 1)}d",
            "status": "passed",
            "updated": f"{said.made.isoformat()}T00:00:00Z",
            "updated_by": visible(f"{said.person}, {said.role}" if said.role else said.person),
        }
    }


def _unseen(unseen: Unseen, run: AnyRun) -> Tree:
    """A gap: an error, which Heimdall shows as Profile Error, because nothing is known of what was asked about."""
    result: Members = {
        "status": _STATUS[Outcome.UNKNOWN],
        "code_desc": f"{unseen.name}: {unseen.words}",
        "message": unseen.words,
        "exception": str(unseen.kind),
        "start_time": moment_text(began(run)),
    }
    because = f"{unseen.kind} {unseen.code}".strip()
    return {
        "id": visible(f"{RULE} {unseen.name} ({because})"),
        "title": f"{TITLE}: {unseen.name}",
        "desc": unseen.words,
        "impact": _IMPACT[Severity.MEDIUM],
        "refs": [],
        "tags": {},
        "source_location": {},
        "results": [result],
    }
