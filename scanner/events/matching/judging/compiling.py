"""Conditions compiled: which of them are looked up, by what, and what of every record is decoded for them.

By an example of two rules, ``{ $.eventName = DeleteBucket && $.requestParameters.bucketName = *audit* }`` and
``{ $.errorCode = *UnauthorizedOperation }``:

- The **head** is the part that is decoded of every record: event name and source, id, account, category, error code,
  type of identity, and what rules ask for often; here the bucket's name, too.
- The first rule is bound to an event **name**: it is looked up by it, and no record of another name meets it.
- A **plan** is what is left to ask of records that are alike in the few fields of ``KEY``. It is worked out once: for
  ``DeleteBucket``, the test of the bucket's name is left of the first rule, whatever else the record holds.
- The second rule has no name but a **guard**: a field, here ``errorCode``, whose value alone rules most records out.
  What is left of the rule is worked out once for each different value, and nothing for records without an error.
- A rule with neither, such as ``{ $.userAgent != aws-cli* }``, is **loose**. Where the head holds all its fields it is
  *near* and is asked of columns of values; else it is *far*, and each record is decoded further.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from scanner.events.matching.conditions.categories import CATEGORY
from scanner.events.matching.conditions.condition import Condition
from scanner.events.matching.conditions.rule_fields import guards_of, texts_of
from scanner.events.reading.fields.record_fields import EVENT_NAME, EVENT_SOURCE
from scanner.events.reading.fields.replaced import ADDENDUM
from scanner.events.reading.fields.views import Head, can_be_attributes, clash, head_of
from scanner.pattern.language.nodes import NotExists, Steps

EVENT_ID: Steps = ("eventID",)
ACCOUNT: Steps = ("recipientAccountId",)
ERROR: Steps = ("errorCode",)
IDENTITY_TYPE: Steps = ("userIdentity", "type")
_ALWAYS_IN_HEAD = (EVENT_NAME, EVENT_SOURCE, EVENT_ID, ACCOUNT, CATEGORY)

KEY: tuple[Steps, ...] = (EVENT_NAME, EVENT_SOURCE, ERROR, IDENTITY_TYPE)
"""Fields that hold few different texts and that many rules ask for: records with equal values share a plan."""

FREQUENT = frozenset(
    {
        "AssumeRole", "Decrypt", "DescribeInstances", "DescribeRouteTables", "Encrypt", "GenerateDataKey",
        "GetBucketAcl", "GetCallerIdentity", "GetObject", "GetSecretValue", "HeadBucket", "ListObjects", "PutObject",
        "Sign",
    }
)  # fmt: skip
"""The event names that most records of published trails have: what rules ask of them is decoded with the head."""

MAX_DEPTH = 3
"""How deep a field may lie that is decoded with the head only because some rule names it."""

_CONTAINERS = frozenset(
    (key,)
    for key in (
        "additionalEventData",
        "requestParameters",
        "resources",
        "responseElements",
        "serviceEventDetails",
        "userIdentity",
    )
)
"""Keys of a record that hold much: as a whole they are not decoded with the head."""

REFUSED = ("eventData", ADDENDUM)
"""Keys no plain record has: those of events of other systems, which are read whole; and what is added to a record later
may replace another."""

PLAIN_CATEGORIES = ("Management", "Data")
"""What the category of a plain record is, if it has one; of any other record more is asked."""

REQUIRED = (EVENT_NAME,)
"""What every record of a log file has, but those of Insights and aggregated events: an object without it may be
something else among the records, and is looked at by itself."""

MAX_GUARDS = 6
"""How many fields beside those of ``KEY`` may be guards; the rules of all others are tested on every record."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is decoded ahead and remembered for a set of rules.

    ``siblings`` is how many keys of one object the head holds for all rules together: looking for more costs every
    record. ``keys`` is how many combinations of values of ``KEY`` are remembered, ``values`` how many of any other
    field.
    """

    siblings: int = 24
    keys: int = 16384
    values: int = 2048


USUAL_BOUNDS = Bounds()

Numbered = tuple[tuple[int, Condition], ...]
"""Conditions with their numbers."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """Conditions sorted by how they are looked up; a condition is known by its number in ``conditions``.

    ``by_name`` has those bound to event names, ``unnamed`` all others: of those, ``guarded`` has the ones with a guard
    by its field, ``near`` and ``far`` have the loose ones. ``held`` are the conditions that only ask for fields of the
    ``head``; ``paths`` are the fields that each asks for.
    """

    conditions: tuple[Condition, ...]
    paths: tuple[frozenset[Steps], ...]
    by_name: Mapping[str, tuple[int, ...]]
    unnamed: tuple[int, ...]
    guarded: Mapping[Steps, tuple[int, ...]]
    head: Head
    held: frozenset[int]
    near: tuple[int, ...]
    far: tuple[int, ...]

    def numbered(self, numbers: Iterable[int]) -> Numbered:
        """Some of the conditions, with their numbers."""
        return tuple((number, self.conditions[number]) for number in numbers)


def compile_rules(
    conditions: Sequence[Condition], details: Collection[Steps] = (), bounds: Bounds = USUAL_BOUNDS
) -> Compiled:
    """Compile conditions. ``details`` are fields that are asked of matching records, and so decoded with the head."""
    paths = tuple(condition.paths() for condition in conditions)
    by_name, unnamed = sort_by_name(conditions)
    guarded = choose_guards({number: guards_of(conditions[number].events) for number in unnamed})
    loose = sorted(set(unnamed).difference(*guarded.values()))
    often = _asked_often(conditions, by_name) | {steps for number in loose for steps in paths[number]}
    head = choose_head(conditions, guarded, often, details, bounds)
    held = frozenset(number for number, fields in enumerate(paths) if fields <= head.fields)
    near, far = split_loose(loose, held)
    return Compiled(tuple(conditions), paths, by_name, unnamed, guarded, head, held, near, far)


def sort_by_name(conditions: Sequence[Condition]) -> tuple[dict[str, tuple[int, ...]], tuple[int, ...]]:
    """The numbers of the conditions that are bound to event names, by name, and those of all others."""
    by_name: dict[str, list[int]] = {}
    unnamed: list[int] = []
    for number, condition in enumerate(conditions):
        names = texts_of(condition.events, EVENT_NAME)
        if names is None:
            unnamed.append(number)
        for name in names or ():
            by_name.setdefault(name, []).append(number)
    return {name: tuple(numbers) for name, numbers in by_name.items()}, tuple(unnamed)


def choose_guards(choices: Mapping[int, Collection[Steps]]) -> dict[Steps, tuple[int, ...]]:
    """Few guards for many rules, given the fields that may guard each: the field that serves most rules first.

    Rules without any are left out.
    """
    open_rules = {number: fields for number, fields in choices.items() if fields}
    chosen: dict[Steps, tuple[int, ...]] = {}
    while open_rules and len(chosen) < MAX_GUARDS + len(KEY):
        counts = Counter(steps for fields in open_rules.values() for steps in fields)
        possible = [steps for steps in counts if _can_guard(steps, chosen)]
        if not possible:
            break
        best = min(possible, key=lambda steps: (-counts[steps], steps != ERROR, steps))
        chosen[best] = tuple(number for number, fields in open_rules.items() if best in fields)
        for number in chosen[best]:
            del open_rules[number]
    return chosen


def _can_guard(steps: Steps, chosen: Iterable[Steps]) -> bool:
    """Whether the head can hold a field as a guard, beside those ``chosen``."""
    if not can_be_attributes(steps) or steps[0] in REFUSED:
        return False
    return not any(clash(steps, other) for other in (*_ALWAYS_IN_HEAD, *KEY, *chosen))


def choose_head(
    conditions: Sequence[Condition],
    guards: Iterable[Steps],
    often: Collection[Steps],
    details: Collection[Steps],
    bounds: Bounds,
) -> Head:
    """The head for conditions: what all need, their ``guards``, the fields asked for ``often``, and ``details``."""
    further = [steps for steps in guards if steps not in KEY and steps not in _ALWAYS_IN_HEAD]
    wanted = sorted(often, key=str)
    wanted += [steps for steps in details if steps not in wanted]
    wanted += _common(conditions, wanted, bounds.siblings)
    strict = (*_ALWAYS_IN_HEAD, ERROR, IDENTITY_TYPE, *further)
    present = _only_present(conditions, details)
    return head_of(strict, wanted, REFUSED, present, {CATEGORY: PLAIN_CATEGORIES}, REQUIRED)


def split_loose(loose: Iterable[int], held: Collection[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The loose conditions that the head alone decides, and those that need more of a record."""
    near = tuple(number for number in loose if number in held)
    return near, tuple(number for number in loose if number not in held)


def _asked_often(conditions: Sequence[Condition], by_name: Mapping[str, Sequence[int]]) -> set[Steps]:
    """The fields that are asked of records with a frequent event name."""
    asked: set[Steps] = set()
    for name in FREQUENT:
        for number in by_name.get(name, ()):
            rest = conditions[number].settle(EVENT_NAME, name)
            if isinstance(rest, Condition):
                asked |= rest.paths()
    return asked


def _common(conditions: Iterable[Condition], held: Collection[Steps], most: int) -> list[Steps]:
    """The fields that most conditions ask for, beside those ``held``, at most ``most`` for each object."""
    counts = Counter(steps for condition in conditions for steps in condition.paths())
    siblings = Counter(steps[:-1] for steps in held)
    chosen: list[Steps] = []
    for steps in sorted(counts, key=lambda steps: (-counts[steps], str(steps))):
        if steps not in held and _fits_head(steps):
            siblings[steps[:-1]] += 1
            if siblings[steps[:-1]] <= most:
                chosen.append(steps)
    return chosen


def _fits_head(steps: Steps) -> bool:
    """Whether a field that only some rule names may be decoded with the head."""
    plain = can_be_attributes(steps) and all(isinstance(step, str) for step in steps)
    return plain and len(steps) <= MAX_DEPTH and steps not in _CONTAINERS


def _only_present(conditions: Iterable[Condition], others: Collection[Steps]) -> set[Steps]:
    """The fields of which conditions only ask whether they exist."""
    present: set[Steps] = set()
    more: set[Steps] = set(others)
    for condition in conditions:
        for atom in condition.atoms():
            (present if isinstance(atom, NotExists) else more).add(atom.selector.steps)
    return present - more
