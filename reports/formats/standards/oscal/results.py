"""OSCAL assessment-results: observations per finding, findings per control, risks per waiver, attestations.

What a finding of OSCAL is about is an objective that is defined here: what the rules decide of a control. So
"satisfied" never says more than they do; how much of the control that is, its ``coverage`` says. What could not be
decided, and what is not applicable, is "not-satisfied" for another reason than a failure: OSCAL knows no third state.
Controls that a person has to judge have an observation and no finding.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain

from reports.formats.standards.identity import identified, stable_id
from reports.formats.standards.moments import began, end_of, judged_as_of, moment_text
from reports.formats.standards.oscal.datatypes import (
    NAMESPACE,
    Members,
    control_token,
    document_id,
    line,
    markup,
    markup_line,
    metadata,
    props,
    token,
)
from reports.formats.standards.oscal.observed import TOOL, attached_id, evidence_resources, inventory, observations
from reports.formats.standards.streaming import Listed, Tree, document_pieces
from reports.formats.standards.telling import Stated, attestation_words, control_name, stated_in, waiver_words
from reports.streams import Stream, put_bytes
from scanner.model import (
    Assessment,
    AttestationUse,
    ControlResult,
    Coverage,
    InForce,
    JsonValue,
    LogRun,
    Outcome,
    RuleId,
    WaiverUse,
)

_ATTESTING = "attesting"
_STATES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.PASS: ("satisfied", "pass"),
    Outcome.FAIL: ("not-satisfied", "fail"),
    Outcome.UNKNOWN: ("not-satisfied", "other"),
    Outcome.NOT_APPLICABLE: ("not-satisfied", "other"),
}
_SAID: Mapping[Outcome, str] = {
    Outcome.PASS: "Every rule passes on everything that it judges.",
    Outcome.FAIL: "A rule fails.",
    Outcome.UNKNOWN: "It could not be decided, which is not a pass and not a failure.",
    Outcome.NOT_APPLICABLE: "The rules do not concern what was looked at.",
}


@dataclass(frozen=True, slots=True)
class _Observed:
    """The UUIDs of observations by rule, and by the waiver that covers the failure, and the waivers of each rule."""

    by_rule: Mapping[RuleId, list[str]]
    by_waiver: Mapping[str, list[str]]
    waivers: Mapping[RuleId, Mapping[str, None]]


def write(assessment: Assessment, out: Stream) -> None:
    """Write ``assessment`` to ``out`` as assessment results.

    Raises TrailwitnessError when the run does not state when its evidence was collected.
    """
    for piece in document_pieces({"assessment-results": _document(assessment)}):
        put_bytes(out, piece)


def _document(assessment: Assessment) -> Tree:
    run, stated = assessment.run, stated_in(assessment)
    plan = stable_id("plan", document_id("assessment-results", assessment))
    judged = [control for control in assessment.controls if control.outcome is not Outcome.MANUAL]
    objectives: Tree = {"objectives-and-methods": Listed(map(_objective, judged))}
    return {
        "uuid": document_id("assessment-results", assessment),
        "metadata": {**metadata("Assessment of AWS audit logging and monitoring", run), **_people(assessment)},
        "import-ap": {"href": f"#{plan}"},
        **({"local-definitions": objectives} if judged else {}),
        "results": (_result(assessment, stated, judged),),
        "back-matter": {"resources": Listed(_resources(assessment, plan))},
    }


def _result(assessment: Assessment, stated: Stated, judged: list[ControlResult]) -> Tree:
    run, observed = assessment.run, _observed(assessment)
    waivers = [use for use in assessment.exceptions.waivers if observed.by_waiver.get(use.waiver.id)]
    return {
        "uuid": stable_id("result", document_id("assessment-results", assessment)),
        "title": "Log records judged" if isinstance(run, LogRun) else "Configuration judged",
        "description": markup(_described(assessment)),
        "start": moment_text(began(run)),
        "end": moment_text(judged_as_of(run)),
        "local-definitions": {
            "inventory-items": Listed(inventory(assessment)),
            "assessment-assets": _assets(assessment),
        },
        "reviewed-controls": {"control-selections": Listed(_selections(assessment, stated))},
        "attestations": Listed(map(_attestation, assessment.exceptions.attestations)),
        "observations": Listed(observations(assessment, stated)),
        "risks": Listed(map(partial(_risk, observed=observed), waivers)),
        "findings": Listed(map(partial(_finding, observed=observed), judged)),
        "remarks": markup(_remarks(assessment)),
    }


def _observed(assessment: Assessment) -> _Observed:
    by_rule: dict[RuleId, list[str]] = {}
    by_waiver: dict[str, list[str]] = {}
    waivers: dict[RuleId, dict[str, None]] = {}
    for uid, finding in identified(assessment.findings):
        by_rule.setdefault(finding.rule, []).append(uid)
        if finding.outcome is Outcome.FAIL and finding.waiver:
            by_waiver.setdefault(finding.waiver, []).append(uid)
            waivers.setdefault(finding.rule, {})[finding.waiver] = None
    return _Observed(by_rule, by_waiver, waivers)


def _described(assessment: Assessment) -> str:
    accounts = ", ".join(assessment.run.account_ids) or "none named"
    what = "Log records were judged" if isinstance(assessment.run, LogRun) else "Recorded answers of AWS were judged"
    counts = f"Findings: {len(assessment.findings)}. Gaps: {len(assessment.gaps)}"
    return f"{what}. Accounts: {accounts}. {counts}."


def _remarks(assessment: Assessment) -> str:
    said = [f"What was not looked at: {len(assessment.gaps)} gaps, which the JSON report lists one by one."]
    said += [f"{fault[:1].upper()}{fault[1:]}." for fault in assessment.exceptions.faults]
    baseline = assessment.exceptions.baseline
    if baseline is not None:
        said.append(f"A baseline of {baseline.made} knows {baseline.findings} of these failures. Nobody approved them.")
    return "\n".join(said)


def _assets(assessment: Assessment) -> Tree:
    run = assessment.run
    told = props((("version", run.tool.version), ("collected-by", run.caller.arn)))
    component: Members = {
        "uuid": TOOL,
        "type": "validation",
        "title": "Trailwitness",
        "description": "Judges rules on the recorded answers of read-only AWS API calls, or on log records.",
        **({"props": told} if told else {}),
        "status": {"state": "operational"},
    }
    platform: Members = {
        "uuid": stable_id("platform", "trailwitness"),
        "title": "Trailwitness",
        "uses-components": [{"component-uuid": TOOL}],
    }
    return {"components": [component], "assessment-platforms": [platform]}


def _selections(assessment: Assessment, stated: Stated) -> Iterator[Tree]:
    """The controls that were looked at, framework by framework; the rules where no framework was chosen."""
    for framework in dict.fromkeys(control.framework for control in assessment.controls):
        ids = [control_token(each.framework, each.id) for each in assessment.controls if each.framework == framework]
        yield _selection(f"The controls of {stated.framework_title(framework)}.", ids)
    if not assessment.controls:
        rules = [token(rule.id) for rule in assessment.rules] or ["none"]
        yield _selection("No framework was chosen: these are the rules themselves.", rules)


def _selection(description: str, ids: Iterable[str]) -> Tree:
    return {
        "description": markup(description),
        "include-controls": [{"control-id": each} for each in dict.fromkeys(ids)],
    }


def _target(control: ControlResult) -> str:
    return f"{control_token(control.framework, control.id)}.rules"


def _objective(control: ControlResult) -> Tree:
    return {
        "control-id": control_token(control.framework, control.id),
        "description": markup(
            f"What the rules decide of {control_name(control)} ({control.coverage}). {control.notes}"
        ),
        "parts": [
            {
                "id": _target(control),
                "name": "assessment-objective",
                "prose": markup(f"{control.title}: rules {', '.join(control.rules)}"),
            }
        ],
    }


def _finding(control: ControlResult, observed: _Observed) -> Tree:
    state, reason = _STATES[control.outcome]
    related = chain.from_iterable(observed.by_rule.get(rule, ()) for rule in control.rules)
    waivers = dict.fromkeys(chain.from_iterable(observed.waivers.get(rule, ()) for rule in control.rules))
    not_applicable: Members = {"implementation-status": {"state": "not-applicable"}}
    part = "" if control.coverage is Coverage.FULL else "The rules are not all of the control. "
    pairs = (
        ("control", control_name(control)),
        ("outcome", control.outcome),
        ("coverage", control.coverage),
        ("waived", "yes" if control.waived else ""),
    )
    return {
        "uuid": stable_id("control-finding", control.framework, control.id),
        "title": markup_line(f"{control_name(control)}: {control.title}"),
        "description": markup(f"{_SAID[control.outcome]} {part}{control.notes}"),
        "props": props(pairs),
        "target": {
            "type": "objective-id",
            "target-id": _target(control),
            "title": markup_line(f"What the rules decide of {control_name(control)}"),
            "status": {"state": state, "reason": reason, "remarks": _SAID[control.outcome]},
            **(not_applicable if control.outcome is Outcome.NOT_APPLICABLE else {}),
        },
        "related-observations": Listed(map(_related, dict.fromkeys(related))),
        "related-risks": Listed(map(_at_risk, waivers)),
    }


def _related(observation: str) -> Members:
    return {"observation-uuid": observation}


def _at_risk(waiver: str) -> Members:
    return {"risk-uuid": stable_id("risk", waiver)}


def _risk(use: WaiverUse, observed: _Observed) -> Tree:
    waiver = use.waiver
    pairs = (
        ("waiver", waiver.id),
        ("kind", waiver.kind),
        ("approver", waiver.approver),
        ("ticket", waiver.ticket),
        ("from", waiver.since.isoformat()),
        ("until", waiver.until.isoformat()),
    )
    factors = [
        {"uuid": stable_id("factor", waiver.id, key), "description": markup(f"{key}: {text}")}
        for key, text in waiver.worksheet
    ]
    return {
        "uuid": stable_id("risk", waiver.id),
        "title": markup_line(f"Waiver {waiver.id} of {waiver.rule}"),
        "description": markup(waiver_words(waiver)),
        "statement": markup(waiver.justification),
        "props": props(pairs),
        "status": "deviation-approved",
        "mitigating-factors": Listed(factors),
        "deadline": end_of(waiver.until),
        "related-observations": Listed(map(_related, observed.by_waiver[waiver.id])),
    }


def _people(assessment: Assessment) -> Members:
    named = dict.fromkeys(use.attestation.person for use in assessment.exceptions.attestations)
    people: list[JsonValue] = [
        {"uuid": stable_id("person", each), "type": "person", "name": line(each)} for each in named
    ]
    role: Members = {"id": _ATTESTING, "title": "States that a control is met"}
    return {"roles": [role], "parties": people} if people else {}


def _attestation(use: AttestationUse) -> Tree:
    said = use.attestation
    links: list[JsonValue] = [{"href": f"#{attached_id(file)}", "rel": "reference"} for file in said.files]
    pairs = (
        ("control", f"{said.framework} {said.control}"),
        ("role", said.role),
        ("made", said.made.isoformat()),
        ("next-due", said.next_due.isoformat()),
        ("in-force", "yes" if use.in_force is InForce.YES else str(use.in_force)),
    )
    part: Members = {
        "name": "attestation",
        "ns": NAMESPACE,
        "title": markup_line(f"{said.framework} {said.control}"),
        "props": props(pairs),
        "prose": markup(attestation_words(use)),
        **({"links": links} if links else {}),
    }
    party: Members = {"role-id": _ATTESTING, "party-uuids": [stable_id("person", said.person)]}
    return {"responsible-parties": [party], "parts": [part]}


def _resources(assessment: Assessment, plan: str) -> Iterator[Members]:
    yield {
        "uuid": plan,
        "title": "Plan",
        "description": "The rules, frameworks and parameters that this run was started with; there is no other plan.",
        "rlinks": [{"href": "data/rules/"}, {"href": "data/frameworks/"}, {"href": "data/parameters.json"}],
    }
    yield from evidence_resources(assessment)
