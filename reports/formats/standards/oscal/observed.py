"""What was observed, of OSCAL assessment-results: observations, what they are about, and the evidence behind them."""

from collections.abc import Iterator
from functools import partial

from reports.formats.standards.identity import identified, stable_id
from reports.formats.standards.moments import judged_as_of, moment_text
from reports.formats.standards.oscal.datatypes import (
    RULE_ID,
    TRESTLE,
    Members,
    document_id,
    line,
    markup,
    markup_line,
    prop,
    props,
    reference,
)
from reports.formats.standards.telling import Stated, control_name, manual_controls
from reports.wording import NO_REASON, cause_words, pointers
from scanner.model import (
    READ,
    Assessment,
    AttachedFile,
    AttestationUse,
    ControlResult,
    Evidence,
    Finding,
    InForce,
    JsonValue,
    LogRun,
)

TOOL = stable_id("component", "trailwitness")
"""The UUID of Trailwitness as what observed."""

_MOST_POINTERS = 50
"""Pointers told of one piece of evidence: a route rests on every filter that it weighed; the JSON report lists all."""


def observations(assessment: Assessment, stated: Stated) -> Iterator[Members]:
    """One observation for each finding, and one for each control that a person has to judge."""
    collected = moment_text(judged_as_of(assessment.run))
    method = "EXAMINE" if isinstance(assessment.run, LogRun) else "TEST"
    document = document_id("assessment-results", assessment)
    for uid, finding in identified(assessment.findings):
        yield {
            "uuid": uid,
            "title": markup_line(f"{finding.rule}: {finding.title or finding.rule}"),
            "description": markup("\n".join((finding.reason.strip() or NO_REASON, *stated.remarks_on(finding)))),
            "props": _finding_props(finding),
            "methods": [method],
            "origins": [{"actors": [{"type": "tool", "actor-uuid": TOOL}]}],
            "subjects": [_subject(finding)],
            **_relevant(finding, stated, document),
            "collected": collected,
        }
    for control in manual_controls(assessment):
        yield _of_control(control, stated, collected)


def inventory(assessment: Assessment) -> Iterator[Members]:
    """What the findings are about, each once."""
    seen: set[str] = set()
    for finding in assessment.findings:
        uid = _subject_id(finding)
        if uid in seen:
            continue
        seen.add(uid)
        yield {
            "uuid": uid,
            "description": markup(finding.resource),
            "props": [
                {"name": "asset-id", "value": line(finding.resource)},
                *props((("account", finding.account), ("region", finding.region))),
            ],
        }


def evidence_resources(assessment: Assessment) -> Iterator[Members]:
    """The evidence as resources, and the files that attestations rest on: each with the digest of its bytes."""
    document = document_id("assessment-results", assessment)
    yield from map(partial(_evidence, document=document), assessment.evidence)
    for use in assessment.exceptions.attestations:
        yield from map(_attached, use.attestation.files)


def attached_id(file: AttachedFile) -> str:
    """The UUID of a file that an attestation rests on."""
    return stable_id("attached", file.name, file.sha256)


def _finding_props(finding: Finding) -> list[JsonValue]:
    pairs = (
        ("outcome", finding.outcome),
        ("severity", finding.severity),
        ("account", finding.account),
        ("region", finding.region),
        ("waiver", finding.waiver),
        ("in-baseline", "yes" if finding.known else ""),
        ("cause", "" if finding.cause is None else cause_words(finding.cause)),
    )
    return [prop(RULE_ID, finding.rule, namespace=TRESTLE), *props(pairs)]


def _subject_id(finding: Finding) -> str:
    return stable_id("subject", finding.account, finding.region, finding.resource)


def _subject(finding: Finding) -> Members:
    return {"subject-uuid": _subject_id(finding), "type": "inventory-item", "title": markup_line(finding.resource)}


def _relevant(finding: Finding, stated: Stated, document: str) -> Members:
    cited: dict[str, list[str]] = {each: [] for each in finding.evidence}
    for pointer in pointers(finding, stated.found):
        number, _, place = pointer.partition("#")
        if place:
            cited.setdefault(number, []).append(place)
    listed: list[JsonValue] = [
        {"href": f"#{_evidence_id(document, number)}", "description": markup(_cited(number, places))}
        for number, places in cited.items()
    ]
    return {"relevant-evidence": listed} if listed else {}


def _cited(number: str, places: list[str]) -> str:
    more = len(places) - _MOST_POINTERS
    told = f"{number} {', '.join(places[:_MOST_POINTERS])}".strip()
    return f"{told} and {more} more places" if more > 0 else told


def _evidence_id(document: str, number: str) -> str:
    return stable_id("evidence", document, number)


def _evidence(item: Evidence, document: str) -> Members:
    log = item.operation == READ
    link: Members = {
        "href": reference(item.file if log else f"data/{item.file}"),
        "hashes": [{"algorithm": "SHA-256", "value": item.sha256}],
    }
    pairs = (("evidence", item.id), ("operation", item.operation), ("started", item.started))
    return {
        "uuid": _evidence_id(document, item.id),
        "title": markup_line(f"{item.id} {item.operation} {item.file if log else f'{item.account} {item.region}'}"),
        "description": markup(_told(item, log=log)),
        "props": props((*pairs, *(("request-id", each) for each in item.request_ids))),
        **({"rlinks": [link]} if item.file and item.sha256 else {}),
    }


def _told(item: Evidence, *, log: bool) -> str:
    if log:
        return f"The log as stored. It was not read to its end: {item.error}" if item.error else "The log as stored."
    return f"The call was refused: {item.error}." if item.error else "The recorded answer."


def _attached(file: AttachedFile) -> Members:
    return {
        "uuid": attached_id(file),
        "title": markup_line(file.name),
        "description": "A file that somebody's attestation rests on. It was not read, only its bytes were hashed.",
        "rlinks": [{"href": reference(file.name), "hashes": [{"algorithm": "SHA-256", "value": file.sha256}]}],
    }


def _of_control(control: ControlResult, stated: Stated, collected: str) -> Members:
    use = stated.attestation_of(control)
    files = use.attestation.files if use is not None else ()
    listed: list[JsonValue] = [{"href": f"#{attached_id(file)}", "description": markup(file.name)} for file in files]
    return {
        "uuid": stable_id("control", control.framework, control.id),
        "title": markup_line(f"{control_name(control)}: {control.title}"),
        "description": markup(f"{stated.review_words(control)}\n{control.notes}"),
        "props": props((("outcome", control.outcome), ("control", control_name(control)))),
        "methods": _methods(use),
        **({"relevant-evidence": listed} if listed else {}),
        "collected": collected,
    }


def _methods(use: AttestationUse | None) -> list[JsonValue]:
    """How a person came to their statement: nobody knows where nobody made one."""
    if use is None or use.in_force is not InForce.YES:
        return ["UNKNOWN"]
    return ["INTERVIEW", "EXAMINE"] if use.attestation.files else ["INTERVIEW"]
