"""Which rules, frameworks and parameters a run works with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scanner.errors import UsageError
from scanner.model import (
    DeclaredRoute,
    DeclaredRoutes,
    Exceptions,
    Framework,
    JsonValue,
    Over,
    RouteCheck,
    Rule,
    RuleId,
    Setting,
)
from scanner.wording import listed


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for: the rules to judge, the frameworks to report, and every parameter with its origin.

    The checks of route rules hold the routes of ``declared`` (None: no file of declared routes was given).
    ``exceptions`` are stated beside the evidence and change no verdict.
    """

    rules: tuple[Rule, ...]
    frameworks: tuple[Framework, ...]
    settings: tuple[Setting, ...]
    declared: DeclaredRoutes | None = None
    exceptions: Exceptions = field(default_factory=Exceptions)

    @property
    def parameters(self) -> Mapping[RuleId, Mapping[str, JsonValue]]:
        """The values that were set, by rule; the others have the rules' defaults."""
        from scanner.content.parameters import overrides

        return overrides(self.settings)

    @property
    def values(self) -> Mapping[RuleId, Mapping[str, JsonValue]]:
        """Every value in force, defaults included, by rule."""
        found: dict[RuleId, dict[str, JsonValue]] = {}
        for setting in self.settings:
            found.setdefault(setting.rule, {})[setting.name] = setting.value
        return found

    @property
    def shipped(self) -> frozenset[RuleId]:
        """The rules that are shipped, word for word."""
        from scanner.content.shipped import is_shipped

        return frozenset(rule.id for rule in self.rules if is_shipped(rule))


def select(
    frameworks: Sequence[str],
    rule_ids: Sequence[str],
    folders: Sequence[Path],
    parameters: Sequence[str],
    *,
    packs: Sequence[str] = (),
    over: Over | None = Over.FACTS,
    more: Sequence[Rule] = (),
    declared: Path | None = None,
) -> Selection:
    """Load the content and pick what was asked for and is judged ``over`` facts, over records, or (None) either.

    Without ``--framework`` and ``--rule`` every core rule and every rule of a ``--rules`` folder is judged and the
    frameworks of ``REPORTED`` reported. ``--rule`` alone judges what it names and reports none; beside ``--framework``
    it adds to the framework's rules. ``packs`` add every rule of a pack to whatever else is judged. A framework is
    named by its id, or by a file of one's own that ends in .yaml or .yml and takes the place of a shipped framework of
    the same id. ``more`` are rules from elsewhere, always judged. ``declared`` is a file of declared routes. Raises
    UsageError for an id that does not exist, or that names only rules which are judged elsewhere, and for declared
    routes that no rule would judge; ContentError for a file that is wrong.
    """
    from scanner.content.given import judged_with
    from scanner.content.parameters import resolve_parameters

    own = _own_rules(folders, more)
    replaced = {rule.id for rule in own}
    shipped = _shipped_rules(() if frameworks or packs else rule_ids)
    everything = tuple(rule for rule in shipped if rule.id not in replaced) + own
    reported = _frameworks(frameworks, everything) if frameworks or not rule_ids else ()
    of_packs = _packed(everything, packs, over)
    wanted = {rule.id for rule in more} | _mapped(reported) | of_packs
    if rule_ids:
        wanted |= _named(everything, rule_ids, over)
    else:
        wanted |= replaced
    if not rule_ids and not frameworks:
        wanted |= {rule.id for rule in everything if rule.pack == "core"}
    chosen = tuple(rule for rule in everything if rule.id in wanted and _is_judged(rule, over))
    if not chosen:
        raise _nothing(reported, over)
    alone = _named(everything, rule_ids, over) if rule_ids else replaced
    alone |= {rule.id for rule in more} | of_packs
    if not rule_ids and not frameworks:
        alone |= {rule.id for rule in chosen}
    judged = judged_with(chosen, reported, resolve_parameters(chosen, parameters), alone)
    selection = Selection(judged.rules, judged.frameworks, judged.settings)
    return selection if declared is None else with_declared_file(selection, declared)


def _nothing(reported: Sequence[Framework], over: Over | None) -> UsageError:
    """That no rule is selected, since the frameworks that were named have none that is judged here."""
    if not reported or over is None:
        return UsageError("No rule is selected, so nothing would be looked at.", "Name a framework or a rule.")
    named = listed([framework.id for framework in reported], last="or")
    return UsageError(f"No rule of {named} is judged over {over.value}.", "Name another framework, or a rule.")


def with_declared(selection: Selection, declared: DeclaredRoutes) -> Selection:
    """The selection with declared routes, which every route rule of it knows then."""
    return replace(
        selection, rules=tuple(_knowing(rule, declared.routes) for rule in selection.rules), declared=declared
    )


def without_declared(rule: Rule) -> Rule:
    """The rule as its file states it, without the routes that a user declared."""
    return _knowing(rule, ())


def _knowing(rule: Rule, routes: tuple[DeclaredRoute, ...]) -> Rule:
    check = rule.check
    return replace(rule, check=replace(check, declared=routes)) if isinstance(check, RouteCheck) else rule


def with_declared_file(selection: Selection, path: Path) -> Selection:
    """The selection with the declared routes of a file.

    Raises UsageError when no rule of it would judge them, and ContentError for a file that is wrong.
    """
    from scanner.content.stated.declared_routes import read_declared_routes

    if not any(isinstance(rule.check, RouteCheck) for rule in selection.rules):
        raise UsageError(
            f"Declared routes are given ({path}) and no rule about routes is selected.", "Drop it, or name such a rule."
        )
    return with_declared(selection, read_declared_routes(path))


def _own_rules(folders: Sequence[Path], more: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules that are not shipped; those of folders are checked whole."""
    if not folders and not more:
        return ()
    from scanner.content.rules import expected_path, load_rules
    from scanner.resources import FIELDS

    found = load_rules(folders, with_shipped=False, known_resources=FIELDS) if folders else ()
    # Wherever a rule's file lay, in an evidence bundle it is where its id says.
    return tuple(replace(rule, path=expected_path(rule.id)) for rule in (*found, *more))


def _shipped_rules(rule_ids: Sequence[str]) -> tuple[Rule, ...]:
    """The shipped rules; where their areas hold all that ids name, only the rules of these areas are read."""
    from scanner.content.rules import area_of, load_rules, names_a_rule

    areas = frozenset(map(area_of, rule_ids))
    if areas:
        rules = load_rules(areas=areas)
        if all(names_a_rule(rules, wanted) for wanted in rule_ids):
            return rules
    return load_rules()


def _frameworks(ids: Sequence[str], rules: Sequence[Rule]) -> tuple[Framework, ...]:
    from scanner.content.frameworks import REPORTED, framework_name, is_framework_file, load_frameworks

    known = {rule.id for rule in rules}
    files = [Path(wanted) for wanted in dict.fromkeys(ids) if is_framework_file(wanted)]
    named = (framework_name(Path(wanted)) if is_framework_file(wanted) else wanted for wanted in ids)
    return load_frameworks(tuple(dict.fromkeys(named)) or REPORTED, known, files=files, rules=rules)


def _mapped(frameworks: Sequence[Framework]) -> frozenset[RuleId]:
    if not frameworks:
        return frozenset()
    from scanner.content.frameworks import mapped_rules

    return mapped_rules(frameworks)


def _named(rules: Sequence[Rule], rule_ids: Sequence[str], over: Over | None) -> frozenset[RuleId]:
    """The rules that ``--rule`` names. Raises UsageError for a name under which nothing would be judged here."""
    from scanner.content.rules import select_rules

    found: set[RuleId] = set()
    for wanted in rule_ids:
        named = select_rules(rules, (wanted,))
        if not any(_is_judged(rule, over) for rule in named):
            other = named[0].check.over
            command = _JUDGED_BY[other]
            raise UsageError(f"--rule {wanted}: this is judged over {other.value}.", f"Use `trailwitness {command}`.")
        found |= {rule.id for rule in named}
    return frozenset(found)


def _packed(rules: Sequence[Rule], packs: Sequence[str], over: Over | None) -> frozenset[RuleId]:
    """The rules of packs. Raises UsageError for a pack that there is not, or of which nothing would be judged here."""
    from scanner.content.rules import select_rules

    found: set[RuleId] = set()
    for pack in packs:
        judged = {rule.id for rule in select_rules(rules, packs=(pack,)) if _is_judged(rule, over)}
        if not judged:
            raise UsageError(f"--pack {pack}: no rule of this pack is judged here.", "Leave it out.")
        found |= judged
    return frozenset(found)


_JUDGED_BY: Mapping[Over, str] = {Over.FACTS: "scan", Over.RECORDS: "logs", Over.PERIOD: "assess"}


def _is_judged(rule: Rule, over: Over | None) -> bool:
    return over in {None, rule.check.over}
