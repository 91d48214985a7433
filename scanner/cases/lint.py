"""What a set of rules lacks although every file of it is valid: cases, mappings, references, honest prose."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from scanner.cases.files import Case
from scanner.cases.run import run_cases
from scanner.evaluate import effective
from scanner.model import LogEventsCheck, Outcome, ResourceCheck, RouteCheck, Rule, RuleId
from scanner.pattern import parse, parse_events
from scanner.pattern.api_names import api_name
from scanner.pattern.nodes import And, Compare, Expr, JsonPattern, Or, Pattern, Selector, Text
from scanner.rules import expected_path

_SHORT = 40
_UNPUBLISHED = frozenset(
    {
        *("AddMemberToGroup", "RemoveMemberFromGroup", "UpdatePassword", "VerifyEmail"),
        *("AssociateDirectory", "DisassociateDirectory", "CreateProvisioningTenant", "DeleteProvisioningTenant"),
        *("CreateBearerToken", "DeleteBearerToken", "ImportExternalIdPCertificate", "DeleteExternalIdPCertificate"),
        *(
            f"{verb}ExternalIdPConfigurationForDirectory"
            for verb in ("Create", "Update", "Delete", "Enable", "Disable")
        ),
        *(f"{verb}{kind}DeviceRegistration" for verb in ("Start", "Complete") for kind in ("VirtualMfa", "WebAuthn")),
        *("UpdateMfaDeviceForUser", "DeleteMfaDeviceForUser", "PutMfaDeviceManagementForDirectory"),
        *(f"{verb}{of}PublicAccessBlock" for verb in ("Put", "Delete") for of in ("Account", "Bucket")),
    }
)
"""Events whose names are no names of the public API: of IAM Identity Center's own console, and of S3's access blocks."""

_DATED = re.compile(r"20[0-9]{6}(?:v[0-9])?$")
"""What Lambda puts after the names of its calls in CloudTrail: the date of its API."""


def lint_rules(
    rules: Sequence[Rule],
    cases: Mapping[RuleId, Sequence[Case]],
    mapped: Collection[str] | None = None,
) -> list[str]:
    """Everything that is amiss with rules and their cases, one sentence each, by rule.

    ``cases`` holds the cases of each rule; ``mapped`` the rules that some framework names (None: not asked). Frameworks
    name core rules only: a control must not wait for a rule that runs when asked for.
    """
    problems: list[str] = []
    for rule in sorted(rules, key=lambda rule: rule.id):
        found = cases.get(rule.id, ())
        problems += [f"{rule.path}:1:1: {rule.id} {problem}" for problem in _prose(rule)]
        problems += [f"{rule.path}:1:1: {rule.id} {problem}" for problem in _events(rule)]
        problems += [f"{rule.path}:1:1: {rule.id} lacks {kind}" for kind in missing_cases(rule, found)]
        problems += [f"{rule.path}:1:1: {rule.id} {problem}" for problem in _failures(rule, found)]
        if mapped is not None and rule.pack == "core" and rule.id not in mapped:
            problems.append(f"{rule.path}:1:1: no framework names {rule.id}")
    return problems


def missing_cases(rule: Rule, cases: Sequence[Case]) -> tuple[str, ...]:
    """The kinds of case that every rule needs and this one lacks.

    One that passes, one that fails, one in which there is nothing to judge, one in which a needed call was refused
    so that the outcome is unknown; a route also needs a decoy: it looks right and fails. A log-event rule needs one with
    hits, one with records and no hits, one without records, and a decoy: records that look alike and are no hits.
    """
    if isinstance(rule.check, LogEventsCheck):
        return tuple(_missing_record_cases(rule.check, cases))
    missing: list[str] = []
    if not any(case.expect.outcome is Outcome.PASS for case in cases):
        missing.append("a case that passes")
    if not any(case.expect.outcome is Outcome.FAIL for case in cases):
        missing.append("a case that fails")
    if not any(case.empties for case in cases):
        missing.append("a case with nothing to judge (an own call that lists nothing)")
    if not any(_is_refused(case) for case in cases):
        missing.append("a case with a denied call whose outcome is unknown")
    if isinstance(rule.check, RouteCheck) and not any(_is_decoy(case) for case in cases):
        missing.append("a case called decoy that fails")
    return tuple(missing)


def _missing_record_cases(check: LogEventsCheck, cases: Sequence[Case]) -> Iterator[str]:
    silent = Outcome.FAIL if check.polarity == "must" else Outcome.PASS
    hit = {"must": Outcome.PASS, "must_not": Outcome.FAIL, "list": None}[check.polarity]
    quiet = [case for case in cases if case.records and case.expect.outcome is silent and not case.expect.hits]
    if not any(case.records and (case.expect.outcome is hit or (case.expect.hits or 0) > 0) for case in cases):
        yield "a case with records that are hits"
    if not quiet:
        yield "a case with records that are no hits"
    if not any(case.records == () for case in cases):
        yield "a case without records"
    if not any("decoy" in case.name.lower() for case in quiet):
        yield "a case called decoy whose records are no hits"


def _is_refused(case: Case) -> bool:
    return case.expect.outcome is Outcome.UNKNOWN and any(call.refused for call in case.calls)


def _is_decoy(case: Case) -> bool:
    return case.expect.outcome is Outcome.FAIL and "decoy" in case.name.lower()


def _failures(rule: Rule, cases: Sequence[Case]) -> Iterator[str]:
    for result in run_cases(rule, cases):
        for problem in result.problems:
            yield f"case {result.case.name!r}: {problem}"
        for operation in result.unasked:
            yield f"case {result.case.name!r} speaks of {operation}, which the rule never looks at"


def _prose(rule: Rule) -> Iterator[str]:
    if rule.path != expected_path(rule.id):
        yield f"should stand in {expected_path(rule.id)}"
    if _plain(rule.title) in {_plain(rule.id), _plain(rule.id.partition(".")[2])}:
        yield "has its id for a title"
    texts = {"description": rule.description, "rationale": rule.rationale, "remediation": rule.remediation}
    for name, text in texts.items():
        if len(text) < _SHORT:
            yield f"says next to nothing in its {name}"
        if _plain(text) == _plain(rule.title):
            yield f"repeats its title as {name}"
    if len(set(texts.values())) < len(texts):
        yield "says the same in two of description, rationale and remediation"
    if isinstance(rule.check, ResourceCheck):
        sentences = [*(clause.otherwise for clause in rule.check.clauses), rule.check.passed]
        if any(sentence.endswith(".") for sentence in sentences):
            yield "ends a reason with a full stop; the finding's sentence adds it"


def _events(rule: Rule) -> Iterator[str]:
    """Event names that no AWS service is known to have, and that therefore no record can carry."""
    names: set[str] = set()
    for pattern in _patterns(rule):
        if isinstance(pattern, JsonPattern):
            names |= set(_event_names(pattern.expr))
    for name in sorted(names):
        if name and "*" not in name and name not in _UNPUBLISHED and api_name(_DATED.sub("", name)) is None:
            yield f"names the event {name}, which no AWS service is known to have"


def _patterns(rule: Rule) -> Iterator[Pattern]:
    """The patterns of a route or log-event rule."""
    check = rule.check
    if isinstance(check, RouteCheck):
        yield from (parse(text) for text in (check.events, check.extended) if text)
    elif isinstance(check, LogEventsCheck):
        texts = (check.events, check.excluded, check.seen, *(each.events for each in check.documents))
        yield from (parse_events(text, effective(rule)) for text in texts if text)


def _event_names(expr: Expr) -> Iterator[str]:
    match expr:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _event_names(part)
        case Compare(Selector(("eventName",)), "=", Text(name)):
            yield name


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
