"""Two versions of a framework side by side: which controls came, went, have new numbers, or ask for other rules."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from scanner.content.given import named_with
from scanner.model import Assessment, Control, Finding, Framework, JsonValue, Outcome, RouteCheck, Rule, RuleId


@dataclass(frozen=True, slots=True)
class Pair:
    """A control of both versions. ``dropped`` and ``added`` are the rules, with given parameters, that one asks for."""

    old: Control
    new: Control
    dropped: tuple[RuleId, ...]
    added: tuple[RuleId, ...]

    @property
    def renumbered(self) -> bool:
        """Whether its number differs."""
        return self.old.id != self.new.id

    @property
    def changed(self) -> bool:
        """Whether anything differs but what is said of it."""
        return self.renumbered or bool(self.dropped or self.added) or self.old.coverage is not self.new.coverage


@dataclass(frozen=True, slots=True)
class Versions:
    """Two versions: the controls of both, and those that one of them alone has."""

    pairs: tuple[Pair, ...]
    removed: tuple[Control, ...]
    added: tuple[Control, ...]

    @property
    def changed(self) -> tuple[Pair, ...]:
        """The pairs of which anything differs."""
        return tuple(pair for pair in self.pairs if pair.changed)


@dataclass(frozen=True, slots=True)
class Difference:
    """A pair whose controls come out differently, with the findings of the rules that only one of them asks for."""

    pair: Pair
    old: Outcome
    new: Outcome
    findings: tuple[Finding, ...]


def compare_versions(old: Framework, new: Framework, rules: Iterable[Rule] = ()) -> Versions:
    """What changes from one version to the other.

    A control is the same as one of the other version with its title, else with its rules where just one of each version
    asks for just these, else with its number, where numbers may mean the same in both. Where a crosswalk derives one
    version from the other, what it says comes first, and equal numbers say nothing. Two versions of a benchmark that a
    route rule of ``rules`` is given are the same where the rule asks for the same events.
    """
    checks = {rule.id: rule.check for rule in rules if isinstance(rule.check, RouteCheck)}
    waiting, left = list(old.controls), list(new.controls)
    found: dict[str, tuple[Control, Control]] = {}
    for key in _keys(old, new):
        for one, other in _alike(waiting, left, key):
            found[other.id] = (one, other)
            waiting.remove(one)
            left.remove(other)
    pairs = tuple(_pair(*found[control.id], checks) for control in new.controls if control.id in found)
    return Versions(pairs, tuple(waiting), tuple(left))


def _keys(old: Framework, new: Framework) -> Iterator[Callable[[Control], Hashable]]:
    """By what a control of one version is taken for one of the other, the surest first."""
    derived = next((one for one, other in ((old, new), (new, old)) if one.basis and one.basis == other.id), None)
    if derived is not None:
        yield partial(_said_of, derived.id)
    yield from (_title, _rules)
    if derived is None and _are_numbered_alike(old, new):
        yield _number


def _are_numbered_alike(old: Framework, new: Framework) -> bool:
    """Whether a number may mean the same in both: they are of one title, or share half of the numbers of one."""
    before, after = set(map(_number, old.controls)), set(map(_number, new.controls))
    shared = len(before & after)
    return old.title.casefold() == new.title.casefold() or 2 * shared >= min(len(before), len(after))


def _said_of(derived: str, control: Control) -> Hashable:
    """The control of the framework that a crosswalk is from, by what the crosswalk says of the derived one."""
    return (control.same_as or None) if control.framework == derived else control.id


def _title(control: Control) -> Hashable:
    return control.title.casefold()


def _rules(control: Control) -> Hashable:
    return frozenset(control.all_rules) or None


def _number(control: Control) -> Hashable:
    return control.id


def _alike(
    old: Sequence[Control], new: Sequence[Control], key: Callable[[Control], Hashable]
) -> Iterator[tuple[Control, Control]]:
    """The controls of which just one in each version has some key."""
    for control in tuple(old):
        wanted = key(control)
        before = [each for each in old if key(each) == wanted]
        after = [each for each in new if key(each) == wanted]
        if wanted is not None and len(before) == len(after) == 1:
            yield control, after[0]


def _pair(old: Control, new: Control, checks: Mapping[RuleId, RouteCheck]) -> Pair:
    before, after = _asked(old, checks), _asked(new, checks)
    dropped = tuple(name for meant, name in before.items() if meant not in after)
    return Pair(old, new, dropped, tuple(name for meant, name in after.items() if meant not in before))


def asked_by(control: Control) -> tuple[RuleId, ...]:
    """The rules of a control, each with the parameters that the control gives it."""
    return tuple(_asked(control, {}).values())


def _asked(control: Control, checks: Mapping[RuleId, RouteCheck]) -> Mapping[RuleId, RuleId]:
    """What each rule of a control is called with its parameters, by what they mean."""
    given = {item.rule: dict(item.values) for item in control.given}
    found: dict[RuleId, RuleId] = {}
    for rule in control.all_rules:
        values = given.get(rule, {})
        found[named_with(rule, _meant(values, checks.get(rule)))] = named_with(rule, values)
    return found


def _meant(values: Mapping[str, JsonValue], check: RouteCheck | None) -> Mapping[str, JsonValue]:
    """The parameters, with the events of a version in its place."""
    if check is None or "events_of" not in values:
        return values
    return {**values, "events_of": check.events_of(str(values["events_of"]))}


def differences(versions: Versions, old: str, new: str, assessment: Assessment) -> Iterator[Difference]:
    """The pairs that come out differently in an assessment of the frameworks ``old`` and ``new``, and why."""
    results = {(result.framework, result.id): result for result in assessment.controls}
    for pair in versions.pairs:
        before, after = results.get((old, pair.old.id)), results.get((new, pair.new.id))
        if before is None or after is None or before.outcome is after.outcome:
            continue
        apart = {*before.rules} ^ {*after.rules}
        findings = tuple(finding for finding in assessment.findings if finding.rule in apart)
        yield Difference(pair, before.outcome, after.outcome, findings)
