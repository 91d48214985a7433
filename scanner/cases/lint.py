"""What a set of rules lacks although every file of it is valid: cases, mappings, references, honest prose."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.assessment.evaluate import effective
from scanner.cases.files import Case
from scanner.cases.run import run_cases
from scanner.content.kinds import kind_of
from scanner.content.rules import CALLS, CASES, expected_path
from scanner.content.shipped import listed_files
from scanner.documents import Document, parse_yaml, read_document
from scanner.errors import ContentError
from scanner.model import LogEventsCheck, Outcome, PeriodCheck, Polarity, ResourceCheck, ResourceScope, Rule, RuleId
from scanner.pattern.cloudtrail.api_names import is_known_name, known_names, known_sources
from scanner.pattern.language.nodes import And, Compare, Expr, JsonPattern, Or, Selector, Text
from scanner.resources import RESOURCES
from scanner.wording import did_you_mean

_SHORT = 40
_HAPPENED = re.compile(r"\b(?:was|were|occurred|happened|did|has been|have been|had)\b", re.IGNORECASE)
"""What a title says of something that happened: as the title of a rule that passed it would be untrue."""

_DATED = re.compile(r"20[0-9]{6}(?:v[0-9])?$")
"""What Lambda puts after the names of its calls in CloudTrail: the date of its API."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that is amiss with a rule: the value of its file that it is about, and the sentence.

    ``offset`` is a place inside that value's text, in characters.
    """

    pointer: tuple[str | int, ...]
    sentence: str
    offset: int = 0


def lint_rules(
    rules: Sequence[Rule],
    cases: Mapping[RuleId, Sequence[Case]],
    folder: Path,
    mapped: Collection[str] | None = None,
) -> list[str]:
    """Everything that is amiss with the rules of a folder and their cases, as ``file:line:column: sentence``, by rule.

    ``cases`` holds the cases of each rule; ``mapped`` the rules that some framework names (None: not asked). No
    framework need name an extended rule.
    """
    problems: list[str] = []
    for rule in sorted(rules, key=lambda rule: rule.id):
        found = cases.get(rule.id, ())
        document = parse_yaml(str(folder / rule.path), rule.text)
        told = [_place(document, advice, rule.id) for advice in (*_prose(rule), *_events(rule), *_scope(rule))]
        lacking = [Advice(("id",), f"lacks {kind}") for kind in missing_cases(rule, found)]
        told += [_place(document, advice, rule.id) for advice in lacking]
        told += _failures(rule, found)
        if mapped is not None and rule.pack == "core" and rule.id not in mapped:
            told.append(document.problem(("id",), f"no framework names {rule.id}"))
        problems += told
    return problems


def misplaced(folder: Path, sound: Sequence[Rule]) -> list[str]:
    """The ids of rule files that are not sound and lie elsewhere than their ids say: other mistakes hid it so far."""
    told = []
    known = {rule.path for rule in sound}
    for path in listed_files(folder, but=(CASES, CALLS))[0]:
        relative = path.relative_to(folder).as_posix()
        if relative in known:
            continue
        try:
            document = read_document(path)
        except ContentError:
            continue  # it cannot be read, which is told of already
        stated = document.value.get("id") if isinstance(document.value, dict) else None
        if isinstance(stated, str) and "." in stated and expected_path(RuleId(stated)) != relative:
            told.append(document.problem(("id",), f"{stated} belongs into {expected_path(RuleId(stated))}"))
    return told


def _place(document: Document, advice: Advice, rule: RuleId) -> str:
    mark = document.mark_inside(advice.pointer, advice.offset)
    return document.problem_at(mark, f"{rule} {advice.sentence}")


def missing_cases(rule: Rule, cases: Sequence[Case]) -> tuple[str, ...]:
    """The kinds of case that every rule needs and this one lacks.

    One that passes, one that fails, one in which there is nothing to judge, one in which a needed call was refused
    so that the outcome is unknown; a route also needs a decoy: it looks right and fails. A log-event rule needs one
    with hits, one with records and no hits, one without records, and a decoy: records that look alike and are not hits.
    A period rule needs one that passes, one that fails, and two that are unknown: nothing there, and not all looked at.
    """
    if isinstance(rule.check, LogEventsCheck):
        return tuple(_missing_record_cases(rule.check, cases))
    if isinstance(rule.check, PeriodCheck):
        return tuple(_missing_period_cases(cases))
    missing: list[str] = []
    if not any(case.expect.outcome is Outcome.PASS for case in cases):
        missing.append("a case that passes")
    if not any(case.expect.outcome is Outcome.FAIL for case in cases):
        missing.append("a case that fails")
    # The case that most rules get wrong: is an account with nothing to judge sound, or blind?
    if not any(case.empties for case in cases):
        missing.append("a case with nothing to judge (an own call that lists nothing)")
    if not any(_is_refused(case) for case in cases):
        missing.append("a case with a denied call whose outcome is unknown")
    if kind_of(rule.check).has_decoy and not any(_is_decoy(case) for case in cases):
        missing.append("a case called decoy that fails")
    return tuple(missing)


def _missing_record_cases(check: LogEventsCheck, cases: Sequence[Case]) -> Iterator[str]:
    silent = Outcome.FAIL if check.polarity is Polarity.MUST else Outcome.PASS
    hit = {Polarity.MUST: Outcome.PASS, Polarity.MUST_NOT: Outcome.FAIL, Polarity.LIST: None}[check.polarity]
    quiet = [case for case in cases if case.records and case.expect.outcome is silent and not case.expect.hits]
    if not any(case.records and (case.expect.outcome is hit or (case.expect.hits or 0) > 0) for case in cases):
        yield "a case with records that are hits"
    if not quiet:
        yield "a case with records that are not hits"
    if not any(case.records == () for case in cases):
        yield "a case without records"
    if not any("decoy" in case.name.lower() for case in quiet):
        yield "a case called decoy whose records are not hits"


def _missing_period_cases(cases: Sequence[Case]) -> Iterator[str]:
    if not any(case.expect.outcome is Outcome.PASS for case in cases):
        yield "a case that passes"
    if not any(case.expect.outcome is Outcome.FAIL for case in cases):
        yield "a case that fails"
    unknown = [case for case in cases if case.expect.outcome is Outcome.UNKNOWN]
    if not any(case.empties for case in unknown):
        yield "a case with nothing to judge whose outcome is unknown (it unsets a part of the evidence)"
    if not any(not case.empties for case in unknown):
        yield "a case whose period was not looked at whole and whose outcome is unknown"


def _is_refused(case: Case) -> bool:
    return case.expect.outcome is Outcome.UNKNOWN and any(call.refused for call in case.calls)


def _is_decoy(case: Case) -> bool:
    return case.expect.outcome is Outcome.FAIL and "decoy" in case.name.lower()


def _failures(rule: Rule, cases: Sequence[Case]) -> Iterator[str]:
    for result in run_cases(rule, cases):
        for problem in result.problems:
            yield f"{result.case.place}: {rule.id} case {result.case.name!r}: {problem}"
        for operation in result.unasked:
            sentence = f"case {result.case.name!r} names {operation}, which the rule never looks at"
            yield f"{result.case.place}: {rule.id} {sentence}"


def _prose(rule: Rule) -> Iterator[Advice]:
    if rule.path != expected_path(rule.id):
        yield Advice(("id",), f"belongs into {expected_path(rule.id)}")
    yield from _title(rule)
    texts = {"description": rule.description, "rationale": rule.rationale, "remediation": rule.remediation}
    for name, text in texts.items():
        if len(text) < _SHORT:
            yield Advice((name,), f"says next to nothing in its {name}")
        if _plain(text) == _plain(rule.title):
            yield Advice((name,), f"repeats its title as {name}")
    if len(set(texts.values())) < len(texts):
        yield Advice(("remediation",), "says the same in two of description, rationale and remediation")
    for key, sentence in kind_of(rule.check).reasons(rule.check):
        if sentence.endswith("."):
            yield Advice((key,), "ends a reason with a full stop; the finding's sentence adds it")


def _title(rule: Rule) -> Iterator[Advice]:
    if _plain(rule.title) in {_plain(rule.id), _plain(rule.id.partition(".")[2])}:
        yield Advice(("title",), "has its id for a title")
    if happened := _HAPPENED.search(rule.title):
        sentence = f"says {happened[0]!r} in its title, which reports print when it passes; write what is the case then"
        yield Advice(("title",), sentence)


def _scope(rule: Rule) -> Iterator[Advice]:
    """A scope that changes nothing: rows of some types are about the account, or about what it has of a thing."""
    check = rule.check
    if not isinstance(check, ResourceCheck) or check.scope is ResourceScope.ACCOUNT:
        return
    kind = RESOURCES.get(check.resource)
    if kind is not None and kind.held is None:
        sentence = f"has the scope owner, and each row of {check.resource} is about the account that it is a row of"
        yield Advice(("scope",), sentence)


def _events(rule: Rule) -> Iterator[Advice]:
    """Event names and sources that no AWS service is known to have, and that therefore no record can carry."""
    for key, text, pattern in kind_of(rule.check).patterns(rule.check, effective(rule)):
        if not isinstance(pattern, JsonPattern):
            continue
        for name in sorted(set(_values(pattern.expr, "eventName"))):
            if name and "*" not in name and not is_known_name(_DATED.sub("", name)):
                hint = did_you_mean(name, known_names())
                sentence = f"names the event {name}, which no AWS service is known to have.{hint}".rstrip(".")
                yield Advice((key,), sentence, max(0, text.find(name)))
        for source in sorted(set(_values(pattern.expr, "eventSource"))):
            if source and "*" not in source and source not in known_sources():
                hint = did_you_mean(source, known_sources())
                sentence = f"names the event source {source}, which no AWS service is known to have.{hint}".rstrip(".")
                yield Advice((key,), sentence, max(0, text.find(source)))


def _values(expr: Expr, name: str) -> Iterator[str]:
    """The texts that a member at the top of an event is compared with."""
    match expr:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _values(part, name)
        case Compare(Selector((found,)), "=", Text(value)) if found == name:
            yield value


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
