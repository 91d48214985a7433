"""What a measure is, and what it gives: facts of one thing over a period, and how far the period was looked at."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from scanner.model import JsonValue
from scanner.period.evidence import PeriodEvidence

Parameters = Mapping[str, JsonValue]
"""Every parameter of the rule with its value."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a measure found of one resource, or of an account as a whole (``region`` is "" then).

    ``label`` is the thing at the beginning of a sentence ("Trail main in eu-west-1"), ``resource`` its name in
    findings. ``facts`` are those that the measure declares; each is in ``facts`` or, with why it is not known, in
    ``gaps``. ``looked_at`` says what was looked at ("8,760 digest files"), ``not_looked_at`` what was not and why, and
    ``covered`` whether that leaves no part of the period out. ``sources`` name the parts of the evidence that it rests
    on, by the names of :class:`PeriodEvidence`.

    How it is judged: ``expect`` not true is a failure even where the period is not covered, so a fact that what was not
    looked at could still turn for the better (a least number of days, the age of the oldest file) must be a gap there.
    Counts of what is proven wrong only grow, and may be told at any time. True and not covered is unknown.
    """

    label: str
    account: str
    region: str
    resource: str
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    gaps: Mapping[str, str] = field(default_factory=dict)
    looked_at: tuple[str, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    covered: bool = True
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure that period rules name under ``measure``.

    ``facts`` are what ``expect`` may name, each with what it means in one line; ``parameters`` are those that ``take``
    reads and a rule must therefore declare, each with its type. ``rests_on`` are the parts of the evidence it reads.
    ``take`` gives at least one value for each account of the evidence that it can say something of; an account of which
    it says nothing is unknown.
    """

    name: str
    title: str
    facts: Mapping[str, str]
    take: Callable[[PeriodEvidence, Parameters], Iterable[Measured]]
    rests_on: tuple[str, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
