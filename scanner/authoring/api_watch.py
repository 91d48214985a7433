"""What AWS changed about the calls that rules are about: calls that nobody has decided about, and names that are gone.

Every week AWS adds calls and, now and then, renames one: another way to do the same harm, or a pattern that matches
nothing any more. This compares the lists of equivalent calls, and the names that rules and published patterns ask for,
with the service models of the botocore that is installed::

    python -m scanner.authoring.api_watch

It prints what is to be reviewed and ends with exit code 1 when there is something, else with 0.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import botocore

from scanner.aws.botocore_tables.changing_calls import changing_calls
from scanner.aws.botocore_tables.event_sources import event_sources
from scanner.content.kinds import kind_of
from scanner.content.reviewed.equivalents import Call, Equivalents, equivalents
from scanner.content.rules import load_rules
from scanner.model import RouteCheck, Rule
from scanner.pattern import And, Compare, JsonPattern, Or, Selector, Text, parse
from scanner.pattern.cloudtrail.api_names import RETIRED, SIGN_IN_NAMES, known_sources
from scanner.pattern.cloudtrail.unpublished import UNPUBLISHED

_HOST = ".amazonaws.com"
_DATED = re.compile(r"20[0-9]{6}(v[0-9])?$")
_EVENT_NAME = Selector(("eventName",))


@dataclass(frozen=True, slots=True)
class Models:
    """What botocore knows of the services whose calls were reviewed.

    ``changing`` holds per service its calls that change something (None: it has no such service), ``sources`` per name
    the sources of its records, without ``.amazonaws.com``.
    """

    version: str
    changing: Mapping[str, frozenset[str] | None]
    sources: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class ToReview:
    """What somebody must decide.

    ``new`` are calls by botocore's name of the service, ``gone`` names with where they are written, and ``services``
    the sources of records that were not known before.
    """

    new: Mapping[str, tuple[str, ...]]
    gone: tuple[str, ...]
    services: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether there is anything to decide."""
        return bool(self.new or self.gone or self.services)


def installed(lists: Equivalents) -> Models:
    """The models of the botocore that is installed."""
    sources: dict[str, frozenset[str]] = {}
    for hosts, names in event_sources().items():
        sources.update(dict.fromkeys(names, frozenset(hosts.split())))
    return Models(botocore.__version__, {service: changing_calls(service) for service in lists.services}, sources)


def to_review(models: Models, lists: Equivalents, rules: Iterable[Rule]) -> ToReview:
    """What the lists and the rules do not agree about with the models."""
    before = {source.removesuffix(_HOST) for source in known_sources()}
    after = frozenset[str]().union(*models.sources.values())
    return ToReview(
        new=dict(_undecided(models, lists)),
        gone=tuple(sorted({*_gone_from_lists(models, lists), *_gone_from_rules(models, rules)})),
        services=tuple(sorted(after - before)),
    )


def _undecided(models: Models, lists: Equivalents) -> Iterator[tuple[str, tuple[str, ...]]]:
    listed = {call for group in lists.groups for call in group.calls}
    for service, source in lists.services.items():
        harmless = {name for group in lists.harmless if group.service == service for name in group.calls}
        named = harmless | {call.name for call in listed if call.source == source}
        new = sorted((models.changing.get(service) or frozenset()) - named)
        if new:
            yield service, tuple(new)


def _gone_from_lists(models: Models, lists: Equivalents) -> Iterator[str]:
    for service in lists.services:
        if models.changing.get(service) is None:
            yield f"{service}: botocore has no such service (services of equivalents.yaml)"
    for group in lists.groups:
        for call in group.calls:
            if not _is_recorded(models, call):
                yield f"{call.source}: {call.name} (equivalents.yaml, {group.intent})"
    for each in lists.harmless:
        for name in set(each.calls) - (models.changing.get(each.service) or set(each.calls)):
            yield f"{each.service}: {name} (harmless_calls.yaml)"


def _gone_from_rules(models: Models, rules: Iterable[Rule]) -> Iterator[str]:
    for rule in rules:
        for name in sorted(set(_asked(rule))):
            known = name in models.sources or name in SIGN_IN_NAMES or name in RETIRED
            if not known and not any(name in names for names in UNPUBLISHED.values()):
                yield f"{name} ({rule.id})"


def _is_recorded(models: Models, call: Call) -> bool:
    unpublished = UNPUBLISHED.get(f"{call.source}{_HOST}", frozenset())
    return call.name in RETIRED | unpublished or call.source in models.sources.get(call.name, ())


def _asked(rule: Rule) -> Iterator[str]:
    """The event names that a rule's patterns compare with, without Lambda's dates; those with wildcards aside."""
    values = {each.name: each.default for each in rule.parameters}
    patterns = [pattern for _, _, pattern in kind_of(rule.check).patterns(rule.check, values)]
    if isinstance(rule.check, RouteCheck):
        patterns += map(parse, chain.from_iterable(each.patterns for each in rule.check.published))
    waiting = [pattern.expr for pattern in patterns if isinstance(pattern, JsonPattern)]
    while waiting:
        expr = waiting.pop()
        if isinstance(expr, And | Or):
            waiting += expr.parts
        elif isinstance(expr, Compare) and expr.selector == _EVENT_NAME and isinstance(expr.value, Text):
            name = _DATED.sub("", expr.value.text)
            if name and "*" not in name:
                yield name


def told(review: ToReview, version: str) -> Iterator[str]:
    """The review as lines to read."""
    if not review:
        yield f"Nothing to review: botocore {version} knows every name, and what changes something is listed."
    for service, names in review.new.items():
        yield f"{service}: decide about {', '.join(names)}"
    for place in review.gone:
        yield f"no longer in botocore {version}: {place}"
    for service in review.services:
        yield f"{service}: a service that was not known before; decide whether it records, detects, alerts or guards"


def main() -> int:
    """Print what is to be reviewed; 1 when there is something."""
    lists = equivalents()
    models = installed(lists)
    review = to_review(models, lists, load_rules())
    sys.stdout.writelines(f"{line}\n" for line in told(review, models.version))
    return int(bool(review))


if __name__ == "__main__":
    sys.exit(main())
