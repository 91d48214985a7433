"""Case files: read, checked whole, and turned into cases."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scanner.cases.accounts import read_accounts
from scanner.cases.calls import ACCOUNT, REGION, Calls, CaseCall, apply_changes, read_base, read_calls
from scanner.cases.periods import Members, case_period, read_base_period
from scanner.cases.records import Bases, Record, case_records, read_bases
from scanner.content.parameters import value_problem
from scanner.content.rules import CASES
from scanner.documents import Document, Pointer, read_document
from scanner.errors import ContentError
from scanner.model import JsonValue, Outcome, Over, Rule, RuleId
from scanner.model.json_values import as_list, as_number, as_object, as_text, as_texts
from scanner.period.evidence import PeriodEvidence
from scanner.schemas import faults_of, require
from scanner.wording import did_you_mean, shown

_INSIDE_A_CASE = 2
"""Steps of a pointer that leads into one case: ``cases`` and its index."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a rule must say: the worst outcome, and optionally what a finding with that outcome holds.

    ``lost`` are exactly the events that are lost; ``hits`` is how many records a log-event rule counts or lists;
    ``findings`` counts the findings of every outcome; ``accounts`` says the same of the findings of single accounts.
    """

    outcome: Outcome
    reason: str = ""
    broken: str = ""
    lost: frozenset[str] | None = None
    hits: int | None = None
    findings: Mapping[Outcome, int] | None = None
    accounts: Mapping[str, "Expectation"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One named case: its calls after every change, and the Regions in scope by account.

    ``named`` are the operations the case itself speaks of; ``empties`` says that it takes away what there is to
    judge; ``place`` is ``file:line:column``. A case of a log-event rule has ``records`` and no calls, one of a period
    rule the evidence of a ``period``. ``left_out`` are
    accounts in scope of which nothing could be looked at, each with the reason.
    """

    rule: RuleId
    name: str
    place: str
    calls: tuple[CaseCall, ...]
    scope: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, JsonValue]
    expect: Expectation
    named: frozenset[str] = frozenset()
    empties: bool = False
    records: tuple[Record, ...] | None = None
    period: PeriodEvidence | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Equivalent:
    """The proof that a change of a rule changes nothing, and where it is stated: ``file:line:column``."""

    because: str
    place: str


def cases_file(rule: Rule, folder: Path) -> Path:
    """The file of the cases of a rule of ``folder``: beside it."""
    return folder / (rule.path.removesuffix(".yaml") + CASES)


def load_cases(rule: Rule, folder: Path, *, proven: bool = False) -> tuple[Case, ...]:
    """The cases of a rule of ``folder``; none when it has no case file.

    Base files must stay in ``folder``. ``proven`` as for :func:`scanner.documents.parse_yaml`. Raises ContentError with
    every mistake of the file.
    """
    path = cases_file(rule, folder)
    if not path.is_file():
        return ()
    document = read_document(path, merge=True, proven=proven)
    problems, sound = _sound_cases(document)
    named = as_text(as_object(document.value)["rule"])
    if named.strip() != rule.id:
        sentence = f"these are cases of {named}, the rule is {rule.id}"
        problems.append(document.problem(("rule",), sentence))
    over = rule.check.over
    problems += [*_repeated_names(document, sound), *_misplaced(document, sound, over)]
    # A case without records was told of just now; read on, it would be an error for want of the key.
    sound = [index for index in sound if over is Over.FACTS or _KEYS[over] in _raw_case(document, index)]
    try:
        make = _maker(document, path, folder, rule, proven=proven)
    except ContentError as error:
        raise ContentError((*problems, *error.problems)) from error
    cases: list[Case] = []
    for index in sound:
        try:
            cases.append(make(index))
        except ContentError as error:
            problems.extend(error.problems)
    if problems:
        # A mistake in a shared base is found once for each case over it.
        raise ContentError(list(dict.fromkeys(problems)))
    return tuple(cases)


def load_equivalents(rule: Rule, folder: Path) -> Mapping[str, Equivalent]:
    """The changes of a rule that its case file says to change nothing, each with the proof; none without a file.

    Raises ContentError for a file with mistakes, such as a change that is named twice.
    """
    path = cases_file(rule, folder)
    if not path.is_file():
        return {}
    document = read_document(path, merge=True)
    require(document, "case")
    stated: dict[str, Equivalent] = {}
    problems = []
    for index, entry in enumerate(as_list(as_object(document.value).get("equivalents", []))):
        change, proof = (as_text(as_object(entry)[name]).strip() for name in ("change", "because"))
        pointer: Pointer = ("equivalents", index, "change")
        if change in stated:
            problems.append(document.problem(pointer, f"the change {shown(change)} is stated already"))
        mark = document.mark(pointer)
        stated[change] = Equivalent(proof, f"{document.name}:{mark.line}:{mark.column}")
    if problems:
        raise ContentError(problems)
    return stated


def _sound_cases(document: Document) -> tuple[list[str], list[int]]:
    """What the schema finds wrong in single cases, and the indices of the others, which are read on.

    Raises ContentError when something else is wrong: then nothing can be said of the cases.
    """
    faults = faults_of(document, "case")
    problems = [fault.problem for fault in faults]
    if any(fault.pointer[:1] != ("cases",) or len(fault.pointer) < _INSIDE_A_CASE for fault in faults):
        raise ContentError(problems)
    refused = {fault.pointer[1] for fault in faults}
    return problems, [index for index in range(len(_raw_cases(document))) if index not in refused]


def _maker(document: Document, path: Path, folder: Path, rule: Rule, *, proven: bool) -> Callable[[int], Case]:
    """What makes the case at an index, over what all cases of the file start from."""
    if rule.check.over is Over.RECORDS:
        bases = read_bases(document, path, folder, proven=proven)
        return lambda index: _record_case(document, index, rule, bases)
    if rule.check.over is Over.PERIOD:
        period = read_base_period(document, path, folder, proven=proven)
        return lambda index: _period_case(document, index, rule, period)
    base = read_base(document, path, folder, proven=proven)
    # The file's own calls replace those of its base, as the calls of a case replace both.
    base.update((call.key, call) for call in read_calls(document, ("calls",)))
    return lambda index: _case(document, index, rule, base)


def _raw_cases(document: Document) -> Sequence[JsonValue]:
    return as_list(as_object(document.value)["cases"])


def _raw_case(document: Document, index: int) -> Mapping[str, JsonValue]:
    return as_object(_raw_cases(document)[index])


def _repeated_names(document: Document, sound: Sequence[int]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for index in sound:
        name = as_text(_raw_case(document, index)["name"])
        seen[name] += 1
        if seen[name] > 1:
            yield document.problem(("cases", index, "name"), f"another case is called {shown(name)} too")


_KEYS: Mapping[Over, str] = {Over.RECORDS: "records", Over.PERIOD: "period"}
"""Where a case states what a rule is judged over, if that is not calls."""

_OF_CALLS = ("calls", "without", "denied", "set", "unset", "unknown")
_KINDS: Mapping[str, str] = {
    "records": "a log-event rule is judged over `records`",
    "period": "a period rule is judged over a `period`",
}
_ELSEWHERE: Mapping[str, str] = {
    "records": "`records` are for log-event rules",
    "period": "a `period` is for period rules",
}


def _misplaced(document: Document, sound: Sequence[int], over: Over) -> Iterator[str]:
    """Keys that belong to cases of another kind of rule, and those that are missing."""
    own = _KEYS.get(over, "")
    foreign = [key for key in _ELSEWHERE if key != own]
    told = {key: _ELSEWHERE[key] for key in foreign} | (dict.fromkeys(_OF_CALLS, _KINDS[own]) if own else {})
    if own and "calls" in as_object(document.value):
        yield document.problem_at(document.key_mark((), "calls"), _KINDS[own])
    for index in sound:
        raw = _raw_case(document, index)
        for key, kind in told.items():
            if key in raw:
                yield document.problem_at(document.key_mark(("cases", index), key), kind)
        if own and own not in raw:
            yield document.problem(("cases", index), f"the case lacks the key {own!r}: {_KINDS[own]}")


def _record_case(document: Document, index: int, rule: Rule, bases: Bases) -> Case:
    pointer = ("cases", index)
    raw = _raw_case(document, index)
    problems = list(_parameter_problems(document, index, rule))
    records = case_records(document, pointer, bases, problems)
    if problems:
        raise ContentError(problems)
    mark = document.mark(pointer)
    return Case(
        rule=rule.id,
        name=as_text(raw["name"]).strip(),
        place=f"{document.name}:{mark.line}:{mark.column}",
        calls=(),
        scope={},
        parameters=as_object(raw.get("parameters", {})),
        expect=_expectation(raw["expect"]),
        empties=not records,
        records=records,
    )


def _period_case(document: Document, index: int, rule: Rule, base: Members) -> Case:
    pointer = ("cases", index)
    raw = _raw_case(document, index)
    problems = list(_parameter_problems(document, index, rule))
    period = case_period(document, pointer, base, problems)
    if problems:
        raise ContentError(problems)
    mark = document.mark(pointer)
    stated = as_object(raw["period"])
    return Case(
        rule=rule.id,
        name=as_text(raw["name"]).strip(),
        place=f"{document.name}:{mark.line}:{mark.column}",
        calls=(),
        scope={},
        parameters=as_object(raw.get("parameters", {})),
        expect=_expectation(raw["expect"]),
        empties=bool(stated.get("unset")) or [] in as_object(stated.get("set", {})).values(),
        period=period,
    )


def _case(document: Document, index: int, rule: Rule, base: Calls) -> Case:
    pointer = ("cases", index)
    raw = _raw_case(document, index)
    own = read_calls(document, (*pointer, "calls"))
    before = dict(base)
    before.update((call.key, call) for call in own)
    problems = list(_parameter_problems(document, index, rule))
    accounts = read_accounts(document, (*pointer, "accounts"), as_object(raw.get("accounts", {})), before, problems)
    before = accounts.calls
    calls, changed = apply_changes(document, pointer, before, problems)
    expect = _expectation(raw["expect"])
    scope = {**_scope(before.values()), **dict.fromkeys(accounts.left_out, ())}
    problems += _foreign_accounts(document, pointer, expect, scope)
    if problems:
        raise ContentError(problems)
    mark = document.mark(pointer)
    ordered = tuple(calls[key] for key in sorted(calls))
    named = changed.union(accounts.operations, (call.operation for call in own))
    lists_nothing = any(call.lists_nothing for call in own)
    return Case(
        rule=rule.id,
        name=as_text(raw["name"]).strip(),
        place=f"{document.name}:{mark.line}:{mark.column}",
        calls=ordered,
        # What a case takes away was asked for all the same, so its Region stays in scope.
        scope={account: scope[account] for account in sorted(scope)},
        parameters=as_object(raw.get("parameters", {})),
        expect=expect,
        left_out=accounts.left_out,
        named=named,
        empties=lists_nothing or [] in as_object(raw.get("set", {})).values(),
    )


def _foreign_accounts(
    document: Document, pointer: Pointer, expect: Expectation, scope: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """Accounts of which something is expected, and of which the case has nothing."""
    for account in expect.accounts:
        if account not in scope:
            sentence = f"the case has no account {account}; it has {', '.join(sorted(scope))}"
            yield document.problem((*pointer, "expect", "accounts", account), sentence)


def _parameter_problems(document: Document, index: int, rule: Rule) -> Iterator[str]:
    known = {parameter.name: parameter for parameter in rule.parameters}
    place = ("cases", index, "parameters")
    for name, value in as_object(_raw_case(document, index).get("parameters", {})).items():
        if name not in known:
            hint = did_you_mean(name, known)
            mark = document.key_mark(place, name)
            yield document.problem_at(mark, f"{rule.id} has no parameter {shown(name)}.{hint}")
        elif problem := value_problem(known[name], value):
            yield document.problem((*place, name), f"{name} {problem}")


def _expectation(value: JsonValue) -> Expectation:
    if isinstance(value, str):
        return Expectation(Outcome(value))
    raw = as_object(value)
    return Expectation(
        outcome=Outcome(as_text(raw["outcome"])),
        reason=as_text(raw.get("reason", "")),
        broken=as_text(raw.get("broken", "")),
        lost=frozenset(as_texts(raw["lost"])) if "lost" in raw else None,
        hits=as_number(raw["hits"]) if "hits" in raw else None,
        findings=_counts(as_object(raw["findings"])) if "findings" in raw else None,
        accounts={account: _expectation(said) for account, said in as_object(raw.get("accounts", {})).items()},
    )


def _counts(raw: Mapping[str, JsonValue]) -> dict[Outcome, int]:
    return {Outcome(name): as_number(count) for name, count in raw.items()}


def _scope(calls: Iterable[CaseCall]) -> dict[str, tuple[str, ...]]:
    """The accounts and Regions in which the case has calls, before any is taken away."""
    regions: dict[str, set[str]] = {}
    for call in calls:
        regions.setdefault(call.account, set()).add(call.region)
    return {account: tuple(sorted(regions[account])) for account in sorted(regions)} or {ACCOUNT: (REGION,)}
