"""Log-event rules as Sigma documents: what is said of a rule, its detection, and its counts as correlations.

Source: the Sigma specification, version 2: rules, and correlation rules.
"""

import json
import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from scanner.errors import PatternError
from scanner.model import APART, JsonValue, LogEventsCheck, Polarity, Rule, RuleId, Severity
from scanner.pattern import parse_events
from scanner.sigma.conditions.formula import Formula, Leaf, Not, TextTest
from scanner.sigma.exporting.counts import Count, counts_of
from scanner.sigma.exporting.detection import detection_of
from scanner.sigma.exporting.raising import NEVER, all_of, negation, raised, some_of
from scanner.sigma.exporting.yaml_text import document
from scanner.sigma.outcome import Unsayable
from scanner.wording import listed

_IDS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:trailwitness:sigma")
_FIELDS = (
    *("eventTime", "eventSource", "eventName", "awsRegion", "recipientAccountId", "userIdentity.type"),
    *("userIdentity.arn", "sourceIPAddress", "errorCode", "eventID"),
)
_LONGEST_TITLE = 256
_LEVELS: Mapping[Severity, str] = {Severity.INFO: "informational"}
_PARTIAL = (
    "records that it reports for what a document inside them says, such as a policy that a call sets, do not match"
)
_SEEN = "without a match it is decided only by records of a certain kind, which Sigma has no place for"

Document = dict[str, JsonValue]
"""One YAML document, or a part of one."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A rule as one or more Sigma documents. ``notes`` say what of the rule Sigma has no place for.

    ``partial``: records that the rule reports for what a document inside them says do not match.
    """

    rule: Rule
    text: str
    notes: tuple[str, ...] = ()
    partial: bool = False

    @property
    def file_name(self) -> str:
        """The file name, in the manner of Sigma's own: small letters, digits and underscores."""
        return f"aws_cloudtrail_{_underscored(self.rule.id)}.yml"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A rule that Sigma cannot say, and why, as a sentence without a full stop."""

    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True)
class SigmaExport:
    """What became of some rules, both in the order of their ids."""

    exported: tuple[Exported, ...]
    left_out: tuple[LeftOut, ...]


def export_rules(
    rules: Iterable[Rule],
    parameters: Mapping[RuleId, Mapping[str, JsonValue]],
    shipped: Collection[RuleId] = (),
    *,
    partial: bool = False,
) -> SigmaExport:
    """Every log-event rule as Sigma, with its parameters (by rule id) written out at their values.

    Rules of ``shipped`` state Trailwitness as their author, and its licence; those of others state neither. With
    ``partial`` rules that look into documents inside records are exported without that, and say so.
    """
    exported: list[Exported] = []
    left_out: list[LeftOut] = []
    for rule in sorted(rules, key=lambda each: each.id):
        try:
            told = _Told(rule, parameters.get(rule.id, {}), is_shipped=rule.id in shipped, partial=partial)
            exported.append(_exported(told))
        except Unsayable as error:
            left_out.append(LeftOut(rule, str(error)))
    return SigmaExport(tuple(exported), tuple(left_out))


def _exported(told: "_Told") -> Exported:
    check = told.rule.check
    if not isinstance(check, LogEventsCheck):
        raise Unsayable("it does not judge log records")
    _require_sayable(told, check)
    detection = detection_of(_formula(check, told.values))
    counts = counts_of(check.threshold, told.values) if check.threshold else ()
    parts = [_counted(told, detection) if counts else _rule(told, detection)]
    parts += [_correlation(told, count, number, len(counts)) for number, count in enumerate(counts, 1)]
    notes = [_PARTIAL] if check.documents else []
    notes += [_SEEN] if check.seen else []
    return Exported(told.rule, "---\n".join(map(document, parts)), tuple(notes), partial=bool(check.documents))


def _require_sayable(told: "_Told", check: LogEventsCheck) -> None:
    if check.polarity is Polarity.MUST:
        raise Unsayable("it fails when no record matches, and a Sigma rule reports records that match")
    if check.documents and not told.partial:
        raise Unsayable("it looks into documents inside records, such as policies, and Sigma compares single fields")
    unset = [name for name in check.needs if not told.values.get(name)]
    if unset:
        options = listed([f"--parameter {told.rule.id}.{name}=VALUE" for name in unset], "and")
        raise Unsayable(f"it is not applicable until {listed(unset, 'and')} is set: {options}")


def _formula(check: LogEventsCheck, values: Mapping[str, JsonValue]) -> Formula:
    """Records that match ``events``, not ``except``, and are of a category that the rule judges."""
    try:
        wanted = raised(parse_events(check.events, values).expr)
        excluded = raised(parse_events(check.excluded, values).expr) if check.excluded else NEVER
    except PatternError as error:
        raise Unsayable(f"its pattern cannot be read: {error.message}") from error
    if wanted == NEVER:
        raise Unsayable("no record can match it with the parameters that it has")
    apart = some_of([Leaf("eventCategory", TextTest((name,), cased=True)) for name in APART if name not in check.also])
    parts = [wanted]
    if excluded != NEVER:
        parts.append(negation(excluded))
    return all_of([*parts, Not(apart)] if apart != NEVER else parts)


@dataclass(frozen=True, slots=True)
class _Told:
    """What every document of one rule says of it."""

    rule: Rule
    values: Mapping[str, JsonValue]
    is_shipped: bool
    partial: bool

    @property
    def title(self) -> str:
        """What a match means: rules of ours have the title of what holds when there is none."""
        return self.rule.title if self._is_list else f"Violated: {self.rule.title}"

    @property
    def _is_list(self) -> bool:
        return isinstance(self.rule.check, LogEventsCheck) and self.rule.check.polarity is Polarity.LIST

    @property
    def _reads_documents(self) -> bool:
        return isinstance(self.rule.check, LogEventsCheck) and bool(self.rule.check.documents)

    @property
    def _description(self) -> str:
        meaning = "lists what matches" if self._is_list else "passes when nothing matches"
        texts = [" ".join(self.rule.description.split())]
        texts.append(f"This is the rule {self.rule.id} of Trailwitness, which {meaning}.")
        if self._reads_documents:
            texts.append(f"This is a part of it: {_PARTIAL}.")
        if self.values:
            named = [f"{name} = {json.dumps(self.values[name], ensure_ascii=False)}" for name in sorted(self.values)]
            texts.append(f"Its parameters are written out: {'; '.join(named)}.")
        return " ".join(texts)

    def head(self, title: str, part: str = "") -> Document:
        """The members with which each document begins; ``part`` tells those of one rule apart."""
        stated: Document = {"author": "Trailwitness", "license": "Apache-2.0"} if self.is_shipped else {}
        return {
            "title": title[:_LONGEST_TITLE],
            "id": str(uuid.uuid5(_IDS, f"{self.rule.id}/{part}" if part else self.rule.id)),
            "status": "test",
            "description": self._description,
            **stated,
            "references": list(dict.fromkeys(self.rule.references)),
        }

    def foot(self, level: str = "") -> Document:
        """The members with which each document ends."""
        names = [parameter.name for parameter in self.rule.parameters]
        causes = "A change that was approved; its eventID in approved_events leaves its record out of the next export."
        harmless = causes if "approved_events" in names else "Work that was asked for and approved."
        severity = self.rule.severity
        return {"falsepositives": [harmless], "level": level or _LEVELS.get(severity, str(severity))}


def _rule(told: _Told, detection: Document) -> Document:
    return {**told.head(told.title), **_judged(detection), **told.foot()}


def _counted(told: _Told, detection: Document) -> Document:
    """The rule whose records are counted, which reports nothing itself."""
    head = told.head(f"Records counted for: {told.rule.title}", "counted")
    return {**head, "name": _name(told), **_judged(detection), **told.foot("informational")}


def _judged(detection: Document) -> Document:
    return {"logsource": {"product": "aws", "service": "cloudtrail"}, "detection": detection, "fields": list(_FIELDS)}


def _correlation(told: _Told, count: Count, number: int, of: int) -> Document:
    title = f"{told.title} (by {', '.join(count.by)})" if of > 1 else told.title
    condition: Document = {"gte": count.least}
    correlation: Document = {
        "type": count.kind,
        "rules": [_name(told)],
        "group-by": list(count.by),
        "timespan": count.timespan,
        "condition": {**condition, "field": count.field} if count.field else condition,
    }
    head = told.head(title, "" if number == 1 else f"count {number}")
    head.pop("license", None)
    return {**head, "correlation": correlation, **told.foot()}


def _name(told: _Told) -> str:
    return f"{_underscored(told.rule.id)}_records"


def _underscored(text: str) -> str:
    """A text as Sigma writes names: small letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
