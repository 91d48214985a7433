"""Which rules, frameworks and parameters a run works with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scanner.errors import UsageError
from scanner.model import Framework, JsonValue, Over, Rule, RuleId, Setting


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for: the rules to judge, the frameworks to report, and every parameter with its origin."""

    rules: tuple[Rule, ...]
    frameworks: tuple[Framework, ...]
    settings: tuple[Setting, ...]

    @property
    def parameters(self) -> Mapping[RuleId, Mapping[str, JsonValue]]:
        """The values that were set, by rule; the others have the rules' defaults."""
        from scanner.content.parameters import overrides

        return overrides(self.settings)


def select(
    frameworks: Sequence[str],
    rule_ids: Sequence[str],
    folders: Sequence[Path],
    parameters: Sequence[str],
    *,
    over: Over | None = Over.FACTS,
    more: Sequence[Rule] = (),
) -> Selection:
    """Load the content and pick what was asked for and is judged ``over`` facts, over records, or (None) either.

    Without ``--framework`` and ``--rule`` every core rule and every rule of a ``--rules`` folder is judged and every
    shipped framework reported. ``--rule`` alone judges what it names and reports no framework; beside ``--framework``
    it adds to the framework's rules. ``more`` are rules from elsewhere, always judged. Raises UsageError for an id
    that does not exist, or that names only rules which are judged elsewhere, and ContentError for a file that is
    wrong.
    """
    from scanner.content.frameworks import load_frameworks, mapped_rules
    from scanner.content.parameters import resolve_parameters
    from scanner.content.rules import expected_path, load_rules
    from scanner.resources import RESOURCES

    fields = {name: kind.fields for name, kind in RESOURCES.items()}
    shipped = load_rules(known_resources=fields)
    found = (*(load_rules(folders, with_shipped=False, known_resources=fields) if folders else ()), *more)
    # Wherever a rule's file lay, in an evidence bundle it is where its id says.
    own = tuple(replace(rule, path=expected_path(rule.id)) for rule in found)
    replaced = {rule.id for rule in own}
    everything = tuple(rule for rule in shipped if rule.id not in replaced) + own
    known = {rule.id for rule in everything}
    reported = () if rule_ids and not frameworks else load_frameworks(tuple(dict.fromkeys(frameworks)) or None, known)
    wanted = {rule.id for rule in more} | mapped_rules(reported)
    if rule_ids:
        wanted |= _named(everything, rule_ids, over)
    else:
        wanted |= {rule.id for rule in own}
    if not rule_ids and not frameworks:
        wanted |= {rule.id for rule in everything if rule.pack == "core"}
    chosen = tuple(rule for rule in everything if rule.id in wanted and _is_judged(rule, over))
    if not chosen:
        raise UsageError("No rule is selected, so nothing would be looked at.", "Name a framework or a rule.")
    return Selection(chosen, reported, resolve_parameters(chosen, parameters))


def _named(rules: Sequence[Rule], rule_ids: Sequence[str], over: Over | None) -> frozenset[RuleId]:
    """The rules that ``--rule`` names. Raises UsageError for a name under which nothing would be judged here."""
    from scanner.content.rules import select_rules

    found: set[RuleId] = set()
    for wanted in rule_ids:
        named = select_rules(rules, (wanted,))
        if not any(_is_judged(rule, over) for rule in named):
            other, command = (Over.FACTS, "scan") if over is Over.RECORDS else (Over.RECORDS, "logs")
            raise UsageError(f"--rule {wanted}: this is judged over {other.value}.", f"Use `trailwitness {command}`.")
        found |= {rule.id for rule in named}
    return frozenset(found)


def _is_judged(rule: Rule, over: Over | None) -> bool:
    return over in {None, rule.check.over}
