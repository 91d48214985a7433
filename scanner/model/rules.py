"""What is judged by: rules with their checks and parameters, and the frameworks that map controls to rules."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import ClassVar

from scanner.model.declared import DeclaredRoute
from scanner.model.values import Coverage, JsonValue, Outcome, RuleId, Severity


@dataclass(frozen=True, slots=True)
class Parameter:
    """A typed, bounded value a rule is judged with. ``type``: integer, boolean, string or strings."""

    name: str
    type: str
    default: JsonValue
    description: str = ""
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()


class Origin(StrEnum):
    """Where a parameter's value came from: the rule's own default, a file of parameters, a flag, or a framework."""

    DEFAULT = "default"
    FILE = "file"
    FLAG = "flag"
    FRAMEWORK = "framework"


@dataclass(frozen=True, slots=True)
class Setting:
    """The value in force of one rule's parameter and where it came from."""

    rule: RuleId
    name: str
    value: JsonValue
    origin: Origin


class Over(Enum):
    """What is judged: by a rule, and in an assessment."""

    FACTS = "the configuration of an account"
    RECORDS = "log records"
    PERIOD = "a period"


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that a resource must hold.

    ``that`` is JMESPath and must be exactly ``true``; ``otherwise`` is what a finding says when it is not, a template
    in which ``{Field}``, ``{Field|text when there is none}`` and ``{$parameter}`` are filled in. ``found`` is JMESPath
    whose value the template names as ``{found}``, such as the statements of a policy that decide ("": there is none).
    """

    that: str
    otherwise: str
    found: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a passing finding adds while ``when``, JMESPath, is exactly true: ``say``, a template like a clause's."""

    when: str
    say: str


class ResourceScope(StrEnum):
    """Where a resource is judged: in each account that uses it, or once, in the account that owns it."""

    ACCOUNT = "account"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class ResourceCheck:
    """``check: resource``: JMESPath over each resource of a type, exactly true to pass.

    ``where`` selects the resources that are judged. All ``clauses`` must hold; the first one that does not gives the
    reason, so a clause may rest on those before it. ``when_none`` is the outcome of an account where nothing was
    selected, ``where_none`` what is said of one with resources of which ``where`` selects none ("has no trail that is
    logging"; "" when the rule does not say) and ``when_none_selected`` its outcome (None: that of ``when_none``).
    ``passed`` is what a passing finding says, a template like the clauses' ("" when the rule has none), and ``remarks``
    what it may add.
    ``fields`` are the row fields the expressions name (``*`` when one may touch the whole row): they decide which API
    calls are needed and which gaps matter. ``$name`` in an expression stands for the parameter's value as a JSON
    literal. With the ``scope`` ``owner`` a thing that another account owns, which was looked at, is judged there alone.
    """

    over: ClassVar[Over] = Over.FACTS

    resource: str
    clauses: tuple[Clause, ...]
    where: str | None
    when_none: Outcome
    fields: frozenset[str]
    passed: str = ""
    where_none: str = ""
    when_none_selected: Outcome | None = None
    remarks: tuple[Remark, ...] = ()
    scope: ResourceScope = ResourceScope.ACCOUNT

    @property
    def expect(self) -> str:
        """All clauses as one expression."""
        if len(self.clauses) == 1:
            return self.clauses[0].that
        return " && ".join(f"({clause.that})" for clause in self.clauses)


class RouteScope(StrEnum):
    """Which accounts a route rule is about: each one, or that which manages an organization."""

    ACCOUNT = "account"
    ORGANIZATION_MANAGEMENT = "organization-management"


class RouteKind(StrEnum):
    """The kinds of route: by a metric filter and an alarm, by an EventBridge rule, and as the user declares one."""

    METRIC_FILTER = "metric-filter"
    EVENT_RULE = "event-rule"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True)
class PublishedEvents:
    """What versions of a benchmark, such as ``cis-1.4``, ask of a route.

    ``patterns`` are the filter patterns of their own texts, and ``events`` the pattern of the events that must reach a
    person for them (None: those of the rule).
    """

    versions: tuple[str, ...]
    patterns: tuple[str, ...]
    events: str | None = None


@dataclass(frozen=True, slots=True)
class RouteCheck:
    """``check: route``: every event of ``events`` must reach a person.

    ``events`` and ``extended`` are filter-pattern texts; ``extended`` joins when the rule's ``extended`` parameter is
    true. ``accept`` are the kinds of route that count; the rule's parameter ``accept`` may narrow them.
    ``max_threshold`` (occurrences) and ``max_period`` (seconds) say when the alarm must be able to fire; either may
    name a parameter as ``$name``. ``scope`` is ``account`` or ``organization-management`` (judged only where the
    account can record the events). ``published`` says what versions of a benchmark ask for; the rule's parameter
    ``events_of`` names the one whose events are judged (``ALL_EVENTS``: those of the rule). ``declared`` are the routes
    that the user of a run declares; the rule's own file has none.
    """

    over: ClassVar[Over] = Over.FACTS

    events: str
    extended: str | None
    accept: tuple[RouteKind, ...]
    max_threshold: int | str
    max_period: int | str
    scope: RouteScope = RouteScope.ACCOUNT
    declared: tuple[DeclaredRoute, ...] = ()
    published: tuple[PublishedEvents, ...] = ()

    def events_of(self, version: str) -> str:
        """The events that a version of a benchmark asks for: those of the rule, unless it has some of its own."""
        own = (item.events for item in self.published if version in item.versions)
        return next(own, None) or self.events


ALL_EVENTS = "all"
"""The value of the parameter ``events_of`` of a route rule that asks for the events of the rule itself."""


class Service(StrEnum):
    """The services whose own events, such as findings, a route may begin with."""

    CLOUDTRAIL_INSIGHTS = "cloudtrail-insights"
    CONFIG = "config"
    GUARDDUTY = "guardduty"
    SECURITYHUB = "securityhub"


@dataclass(frozen=True, slots=True)
class Steps:
    """A field of an event that holds a number from ``start`` to ``end``, a multiple of ``step`` above ``start``."""

    path: str
    start: float
    end: float
    step: float


@dataclass(frozen=True, slots=True)
class ServiceRouteCheck:
    """``check: service-route``: events of a service, such as findings, must reach a person through EventBridge rules.

    ``events`` is the text of an event pattern over whole events, in which a value ``"$name"`` is the parameter. Of the
    fields of such events it is known that those of ``present`` always hold some text, that at those of ``single`` an
    array of one object lies, and which numbers those of ``steps`` hold; what those of ``open`` hold, AWS does not
    document. Paths are joined by dots.
    """

    over: ClassVar[Over] = Over.FACTS

    service: Service
    events: str
    steps: tuple[Steps, ...] = ()
    present: tuple[str, ...] = ()
    single: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Threshold:
    """How often matching records must occur to count: ``count`` of them at most ``within`` seconds apart.

    ``by`` are dotted record paths; records are counted apart for each of their values, and all together without any.
    ``or_by`` counts them a second time by other paths, and either count is enough; a record that lacks one of its
    paths is left out of that second count. With ``distinct`` the records must also hold ``distinct_count`` different
    values of that path. ``count``, ``within`` and ``distinct_count`` may name a parameter as ``$name``.
    """

    count: int | str
    within: int | str
    by: tuple[str, ...] = ()
    or_by: tuple[str, ...] = ()
    distinct: str = ""
    distinct_count: int | str = 1


APART = ("Aggregated", "Insight", "NetworkActivity")
"""Values of a record's ``eventCategory`` that a log-events rule judges only when it says so."""


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """Records that count for what a document inside them says, such as the policy that a call sets.

    Of records that match the pattern ``events``, the first of the dotted record paths ``of`` that holds something leads
    to the document, and the record counts when the expression ``when`` is exactly true, or when the document cannot be
    read.
    """

    events: str
    of: tuple[str, ...]
    when: str


class Polarity(StrEnum):
    """What it means that records match: they must not, they must, or they are listed for review."""

    MUST_NOT = "must_not"
    MUST = "must"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class LogEventsCheck:
    """``check: log-events``: what the records of a log must not contain, or must.

    ``events`` and ``excluded`` (``except`` in the file) are filter-pattern texts; a record counts when it matches the
    first and not the second. ``polarity`` is ``must_not``, ``must``, or ``list``: such records are listed for review
    and are not a failure unless the rule's parameter ``require_approval`` is true. Without a hit a rule is
    decided only when some record matched ``seen``, if there is one. While a parameter of ``needs`` is empty, the rule
    is not applicable. A value in the patterns may name a parameter as ``$name``. Besides ``events``, records count
    that ``documents`` find. Management and data events are judged, and those of the categories in ``also``.
    """

    over: ClassVar[Over] = Over.RECORDS

    events: str
    excluded: str | None = None
    documents: tuple[DocumentCheck, ...] = ()
    also: tuple[str, ...] = ()
    polarity: Polarity = Polarity.MUST_NOT
    threshold: Threshold | None = None
    seen: str | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PeriodCheck:
    """``check: period``: JMESPath over what a measure computes of a period, exactly true to pass.

    ``measure`` names it; ``fields`` are the facts of it that the ``clauses`` name. As for a resource, the first clause
    that does not hold gives the reason. What was not looked at is unknown, and fails only by what is proven.
    """

    over: ClassVar[Over] = Over.PERIOD

    measure: str
    clauses: tuple[Clause, ...]
    fields: frozenset[str]
    passed: str = ""

    @property
    def expect(self) -> str:
        """All clauses as one expression."""
        if len(self.clauses) == 1:
            return self.clauses[0].that
        return " && ".join(f"({clause.that})" for clause in self.clauses)


Check = ResourceCheck | RouteCheck | ServiceRouteCheck | LogEventsCheck | PeriodCheck


@dataclass(frozen=True, slots=True)
class Rule:
    """One declarative rule. ``path`` is relative to its rules folder; ``text`` is the file as read."""

    id: RuleId
    title: str
    severity: Severity
    description: str
    rationale: str
    remediation: str
    references: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    check: Check
    path: str
    text: str = field(repr=False)
    pack: str = "core"


def declared_in(rules: Iterable[Rule]) -> tuple[DeclaredRoute, ...]:
    """The declared routes that rules are judged with, each once."""
    found: dict[DeclaredRoute, None] = {}
    for rule in rules:
        found.update(dict.fromkeys(rule.check.declared if isinstance(rule.check, RouteCheck) else ()))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Given:
    """The values that a control gives some parameters of one of its rules, by name in the order of the alphabet."""

    rule: RuleId
    values: tuple[tuple[str, JsonValue], ...]


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a framework: what of it the rules decide, and what they do not, in words.

    ``rules`` are judged by a scan; ``log_rules`` bear on the control too and are judged over log records only, and
    ``period_rules`` over the evidence of a period.
    ``given`` are the parameters that it sets for some of them. ``same_as`` is the control that asks for the same, of
    the framework that a crosswalk derives this one from ("": none does, or it is read from a file that was derived).
    """

    framework: str
    id: str
    title: str
    coverage: Coverage
    notes: str
    rules: tuple[RuleId, ...]
    log_rules: tuple[RuleId, ...] = ()
    period_rules: tuple[RuleId, ...] = ()
    given: tuple[Given, ...] = ()
    same_as: str = field(default="", compare=False)

    @property
    def all_rules(self) -> tuple[RuleId, ...]:
        """Every rule that bears on it, whatever it is judged over."""
        return (*self.rules, *self.log_rules, *self.period_rules)


@dataclass(frozen=True, slots=True)
class Framework:
    """One framework version: the auditor's page. ``text`` is the file as read, ``notes`` say how to read it.

    ``basis`` is the id of the framework that a crosswalk derives it from ("" as for ``Control.same_as``).
    """

    id: str
    title: str
    version: str
    source: str
    controls: tuple[Control, ...]
    path: str
    text: str = field(repr=False)
    notes: str = ""
    basis: str = field(default="", compare=False)
