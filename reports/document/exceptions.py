"""What became of waivers, attestations and a baseline, as the member ``exceptions`` of the document, and read back."""

from collections.abc import Mapping
from datetime import date

from scanner.model import (
    WORKSHEET,
    AttachedFile,
    AttestationUse,
    BaselineUse,
    ControlAttestation,
    ExceptionsUsed,
    InForce,
    JsonValue,
    KnownFailure,
    RuleId,
    Waiver,
    WaiverKind,
    WaiverScope,
    WaiverUse,
)
from scanner.model.json_values import as_flag, as_number, as_object, as_objects, as_text, as_texts
from scanner.times import parse_day

Members = dict[str, JsonValue]


def exceptions_members(used: ExceptionsUsed) -> Members:
    """The members of ``exceptions``; none where a run was told nothing beside the evidence."""
    members: Members = {}
    if used.waivers:
        members["waivers"] = list(map(_waiver, used.waivers))
    if used.attestations:
        members["attestations"] = list(map(_attestation, used.attestations))
    if used.baseline is not None:
        members["baseline"] = _baseline(used.baseline)
    return members


def read_exceptions(members: Mapping[str, JsonValue]) -> ExceptionsUsed:
    """What ``exceptions_members`` gave these members for. Raises LookupError, TypeError or ValueError for others."""
    return ExceptionsUsed(
        waivers=tuple(map(_read_waiver, as_objects(members.get("waivers", ())))),
        attestations=tuple(map(_read_attestation, as_objects(members.get("attestations", ())))),
        baseline=_read_baseline(as_object(members["baseline"])) if "baseline" in members else None,
    )


def _waiver(use: WaiverUse) -> Members:
    waiver = use.waiver
    return {
        "id": waiver.id,
        "rule": waiver.rule,
        "accounts": waiver.scope.accounts,
        "regions": waiver.scope.regions,
        "resources": waiver.scope.resources,
        "kind": waiver.kind,
        "justification": waiver.justification,
        "approver": waiver.approver,
        "ticket": waiver.ticket,
        "from": waiver.since.isoformat(),
        "until": waiver.until.isoformat(),
        "worksheet": dict(waiver.worksheet),
        "in_force": use.in_force,
        "findings": use.findings,
        "concerned": use.concerned,
    }


def _read_waiver(members: Mapping[str, JsonValue]) -> WaiverUse:
    worksheet = as_object(members["worksheet"])
    waiver = Waiver(
        id=as_text(members["id"]),
        rule=RuleId(as_text(members["rule"])),
        scope=WaiverScope(as_texts(members["accounts"]), as_texts(members["regions"]), as_texts(members["resources"])),
        kind=WaiverKind(as_text(members["kind"])),
        justification=as_text(members["justification"]),
        approver=as_text(members["approver"]),
        ticket=as_text(members["ticket"]),
        since=_day(as_text(members["from"])),
        until=_day(as_text(members["until"])),
        worksheet=tuple((key, as_text(worksheet[key])) for key in WORKSHEET if key in worksheet),
    )
    return WaiverUse(
        waiver=waiver,
        in_force=InForce(as_text(members["in_force"])),
        findings=as_number(members["findings"]),
        concerned=as_flag(members["concerned"]),
    )


def _day(text: str) -> date:
    day = parse_day(text)
    if day is None:
        raise ValueError(text)
    return day


def _attestation(use: AttestationUse) -> Members:
    attestation = use.attestation
    return {
        "framework": attestation.framework,
        "control": attestation.control,
        "person": attestation.person,
        "role": attestation.role,
        "statement": attestation.statement,
        "made": attestation.made.isoformat(),
        "next_due": attestation.next_due.isoformat(),
        "files": [{"name": file.name, "sha256": file.sha256} for file in attestation.files],
        "in_force": use.in_force,
    }


def _read_attestation(members: Mapping[str, JsonValue]) -> AttestationUse:
    files = as_objects(members["files"])
    attestation = ControlAttestation(
        framework=as_text(members["framework"]),
        control=as_text(members["control"]),
        person=as_text(members["person"]),
        role=as_text(members["role"]),
        statement=as_text(members["statement"]),
        made=_day(as_text(members["made"])),
        next_due=_day(as_text(members["next_due"])),
        files=tuple(AttachedFile(as_text(file["name"]), as_text(file["sha256"])) for file in files),
    )
    return AttestationUse(attestation, InForce(as_text(members["in_force"])))


def _baseline(use: BaselineUse) -> Members:
    return {
        "accounts": use.accounts,
        "made": use.made,
        "size": use.size,
        "findings": use.findings,
        "gone": [
            {"rule": item.rule, "account": item.account, "region": item.region, "resource": item.resource}
            for item in use.gone
        ],
    }


def _read_baseline(members: Mapping[str, JsonValue]) -> BaselineUse:
    return BaselineUse(
        accounts=as_texts(members["accounts"]),
        made=as_text(members["made"]),
        size=as_number(members["size"]),
        findings=as_number(members["findings"]),
        gone=tuple(map(_read_known, as_objects(members["gone"]))),
    )


def _read_known(members: Mapping[str, JsonValue]) -> KnownFailure:
    return KnownFailure(
        rule=RuleId(as_text(members["rule"])),
        account=as_text(members["account"]),
        region=as_text(members["region"]),
        resource=as_text(members["resource"]),
    )
