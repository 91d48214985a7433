"""A folder of Sigma rules as our rules, with a reason for every Sigma rule that is left out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from scanner.model import Rule, RuleId, Threshold
from scanner.model.json_values import as_object
from scanner.pattern import CoverageVerdict, covers, never_together, parse_events
from scanner.sigma.conditions.formula import Formula, RegexTest, Some, TextTest, leaves
from scanner.sigma.outcome import Notice, Refusal, SigmaImport, Unsayable
from scanner.sigma.patterns.fitting import Part, fit
from scanner.sigma.reading.correlations import correlation_of, referenced
from scanner.sigma.reading.detections import detection_formula, require_pysigma
from scanner.sigma.reading.sources import Source, read_sources
from scanner.sigma.records.spellings import never_written, unknown_names
from scanner.sigma.writing import written
from scanner.wording import shown

_RETIRED = {"deprecated": "another rule has replaced it", "unsupported": "it cannot be used as it is"}
_SHOWN_NAMES = 8


def load_sigma(folder: Path) -> SigmaImport:
    """Every Sigma rule for CloudTrail below ``folder``, as rules, and the reasons for those that cannot be.

    Raises UsageError when pySigma is missing, for a path that is not a folder and for a folder without Sigma rules.
    """
    require_pysigma()
    sources = read_sources(folder)
    importing = _Import(sources.refused)
    known = _by_name(sources.rules)
    counted: set[int] = set()
    considered = 0
    for source in sources.correlations:
        named = [rule for name in referenced(source.data) for rule in known.get(name, ())]
        if not named:
            sources.passed_over += 1  # it counts rules for other logs
            continue
        considered += 1
        counted |= importing.correlation(source, named, known)
    for source in sources.rules:
        if id(source) not in counted:
            considered += 1
            importing.rule(source)
    return SigmaImport(
        rules=tuple(importing.rules[name] for name in sorted(importing.rules)),
        refused=tuple(sorted(importing.refused, key=lambda refusal: (refusal.path, refusal.title, refusal.reason))),
        notices=tuple(importing.notices),
        documents=considered,
        imported=importing.imported,
        passed_over=sources.passed_over,
    )


class _Import:
    """The rules made so far, and what there is to say about the others."""

    def __init__(self, refused: Sequence[Refusal]) -> None:
        self.rules: dict[RuleId, Rule] = {}
        self.places: dict[RuleId, str] = {}
        self.refused = list(refused)
        self.notices: list[Notice] = []
        self.imported = 0

    def rule(self, source: Source) -> None:
        """One Sigma rule of its own."""
        try:
            self._add(source, _formula(source), None)
        except Unsayable as error:
            self.refused.append(source.refusal(str(error), error.field))

    def correlation(self, source: Source, named: Sequence[Source], known: Mapping[str, list[Source]]) -> set[int]:
        """One correlation; answers which rules it only counts, so that they do not become rules of their own."""
        try:
            _check_status(source)
            correlation = correlation_of(source.data)
            for name in correlation.rules:
                if len(known.get(name, ())) != 1:
                    which = "no rule for CloudTrail here" if name not in known else "more than one rule here"
                    raise Unsayable(f"it counts {shown(name)}, which is {which}")  # noqa: TRY301 - refused below like the rest
            formulas = tuple(_formula(rule) for rule in named)
            self._add(source, formulas[0] if len(formulas) == 1 else Some(formulas), correlation.threshold)
        except Unsayable as error:
            self.refused.append(source.refusal(str(error), error.field))
        body = source.data["correlation"]
        generates = isinstance(body, Mapping) and body.get("generate") is True
        return set() if generates else {id(rule) for rule in named}

    def _add(self, source: Source, formula: Formula, threshold: Threshold | None) -> None:
        origin = source.origin
        if not origin.title:
            raise Unsayable("it has no title")
        parts = fit(formula, divisible=threshold is None)
        count = len(parts)
        made = [
            written(origin, part, number=number if count > 1 else 0, count=count, threshold=threshold)
            for number, part in enumerate(parts, 1)
        ]
        for rule in made:
            if rule.id in self.rules:
                raise Unsayable(f"its id and title are those of {self.places[rule.id]}")
        self.rules.update((rule.id, rule) for rule in made)
        self.places.update((rule.id, source.place()) for rule in made)
        self.imported += 1
        notes = _notes(source, formula, parts)
        if count > 1:
            notes.append(f"it became {count} rules, since one pattern with exceptions cannot say it")
        self.notices += [Notice(source.place(), origin.title, note) for note in notes]


def _by_name(rules: Sequence[Source]) -> dict[str, list[Source]]:
    found: dict[str, list[Source]] = {}
    for rule in rules:
        for name in dict.fromkeys(rule.names):
            found.setdefault(name, []).append(rule)
    return found


def _check_status(source: Source) -> None:
    data = source.data
    status = data.get("status")
    if isinstance(status, str) and status in _RETIRED:
        raise Unsayable(f"its status is {status}: {_RETIRED[status]}")
    if data.get("taxonomy", "sigma") != "sigma":
        raise Unsayable(f"its taxonomy is {shown(data['taxonomy'])}, so its fields are not those of CloudTrail records")
    if "action" in data:
        raise Unsayable("it is part of a rule collection (action), which Sigma has given up")


def _formula(source: Source) -> Formula:
    """What a rule asks of a record; raises Unsayable."""
    _check_status(source)
    data = source.data
    if as_object(data["logsource"]).get("category") is not None:
        raise Unsayable("its logsource has a category, which narrows it in a way CloudTrail records do not show")
    if "timeframe" in data:
        raise Unsayable("timeframe belongs to the old way of counting; write a correlation rule of type event_count")
    detection = data.get("detection")
    if not isinstance(detection, dict):
        raise Unsayable("it has no detection")
    return detection_formula(detection)


def _notes(source: Source, formula: Formula, parts: Sequence[Part]) -> list[str]:
    notes = []
    unknown = dict.fromkeys(
        name
        for leaf in leaves(formula)
        if isinstance(leaf.test, TextTest)
        for name in unknown_names(leaf.field, leaf.test)
    )
    if unknown:
        more = f" and {len(unknown) - _SHOWN_NAMES} more" if len(unknown) > _SHOWN_NAMES else ""
        named = f"{', '.join(list(unknown)[:_SHOWN_NAMES])}{more}"
        notes.append(
            f"no AWS service is known to have an API called {named}: CloudTrail may never write it, "
            "and if it does, only in this spelling"
        )
    notes += dict.fromkeys(
        f"{never}, so that part never matches"
        for leaf in leaves(formula)
        if isinstance(leaf.test, TextTest | RegexTest)
        if (never := never_written(leaf.field, leaf.test))
    )
    apart = list(dict.fromkeys(pair for part in parts for pair in never_together(parse_events(part.events, {}))))
    notes += [
        f"{name} is not recorded with eventSource {host}, so that part never matches"
        for name, host in apart[:_SHOWN_NAMES]
    ]
    if len(apart) > _SHOWN_NAMES:
        notes.append(f"{len(apart) - _SHOWN_NAMES} more pairs of a name and an eventSource are not recorded together")
    if not source.origin.states_level:
        notes.append("it has no level that Sigma knows; its severity is medium")
    if not source.origin.author:
        notes.append("it names no author")
    if any(part.excluded and _excludes_all(part.events, part.excluded) for part in parts):
        notes.append("its exceptions leave nothing of what it selects, so it can never fail")
    return notes


def _excludes_all(events: str, excluded: str) -> bool:
    required, exception = parse_events(events, {}), parse_events(excluded, {})
    return covers(required, (exception,)).verdict is CoverageVerdict.COVERED
