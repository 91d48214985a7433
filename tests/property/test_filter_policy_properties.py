"""Filter policies of subscriptions, against trying every message that a half-known one can turn out to be."""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.policies.filter_policies import OneOf, Open, Partial, lets_through

Json = Any
MISSING = object()

TEXTS = ("", "a", "ab", "b", "A")
SCALARS: st.SearchStrategy[Json] = st.sampled_from([*TEXTS, 0, 1, 2.5, None, True])
UNKNOWN = st.sampled_from([Open.TEXT, Open.ANYTHING]) | st.lists(
    st.sampled_from(TEXTS), min_size=1, max_size=3, unique=True
).map(lambda values: OneOf(tuple(values)))
KEYS = st.sampled_from(["k", "m"])
LEAVES = SCALARS | UNKNOWN | st.lists(st.sampled_from(TEXTS), max_size=2)
INNER = st.dictionaries(KEYS, LEAVES, max_size=2)
MESSAGES = st.dictionaries(KEYS, LEAVES | INNER | INNER.map(Partial) | st.lists(INNER, max_size=2), max_size=2)

TEXT = st.sampled_from(TEXTS)
NUMERIC = st.sampled_from([["=", 1], [">", 0], [">=", 0, "<", 2], ["<", 0]])
BUT = st.one_of(TEXT, st.lists(TEXT, min_size=1, max_size=2), st.builds(lambda text: {"prefix": text}, TEXT))
MATCHERS = st.one_of(
    SCALARS,
    *(st.builds(lambda value, name=name: {name: value}, TEXT) for name in ("prefix", "suffix", "equals-ignore-case")),
    st.builds(lambda value: {"anything-but": value}, BUT),
    st.builds(lambda value: {"exists": value}, st.booleans()),
    st.builds(lambda value: {"numeric": value}, NUMERIC),
)
LISTS = st.lists(MATCHERS, min_size=1, max_size=2)
FLAT = st.dictionaries(KEYS, LISTS, min_size=1, max_size=2)
NESTED = st.dictionaries(KEYS, LISTS | FLAT, min_size=1, max_size=2)
POLICIES = NESTED | st.builds(
    lambda parts, rest: {**rest, "$or": parts}, st.lists(NESTED, min_size=2, max_size=3), NESTED | st.just({})
)


def worlds(value: Json) -> Iterator[Json]:
    """Messages that a half-known one can turn out to be: of a text and of anything, some of each kind."""
    if value is Open.TEXT:
        yield from (*TEXTS, "zz")
    elif value is Open.ANYTHING:
        yield from (MISSING, "a", "zz", 1, None)
    elif isinstance(value, OneOf):
        yield from value.values
    elif isinstance(value, list):
        some = [list(worlds(item))[:4] for item in value]
        yield from map(list, product(*some))
    elif isinstance(value, Mapping):
        more = {name: Open.ANYTHING for name in ("k", "m") if isinstance(value, Partial)}
        open_to = {**more, **value}
        for values in product(*(list(worlds(item))[:6] for item in open_to.values())):
            yield {name: item for name, item in zip(open_to, values, strict=True) if item is not MISSING}
    else:
        yield value


def matched(matcher: Json, value: Json) -> bool:
    """One matcher against one value that is neither array nor object, by the letter of the SNS guide."""
    if not isinstance(matcher, dict):
        return json.dumps(matcher) == json.dumps(value)
    ((name, wanted),) = matcher.items()
    if name == "numeric":
        bounds = zip(wanted[::2], wanted[1::2], strict=True)
        signs = {"=": "__eq__", ">": "__gt__", ">=": "__ge__", "<": "__lt__"}
        number = type(value) in {int, float}
        return number and all(bool(getattr(float(value), signs[sign])(float(bound))) for sign, bound in bounds)
    if name == "anything-but":
        if isinstance(wanted, dict):
            return not matched(wanted, value)
        return bool(value not in (wanted if isinstance(wanted, list) else [wanted]))
    if not isinstance(value, str):
        return False
    text = str(wanted)
    met: dict[str, bool] = {
        "prefix": value[: len(text)] == text,
        "suffix": value.endswith(text),
        "equals-ignore-case": value.casefold() == text.casefold(),
    }
    return met[name]


def leaves(message: Json, path: tuple[str, ...]) -> list[Json]:
    """Every value at a path, through arrays too."""
    if isinstance(message, list):
        return [leaf for item in message for leaf in leaves(item, path)]
    if not path:
        return [message]
    return leaves(message[path[0]], path[1:]) if isinstance(message, dict) and path[0] in message else []


def conditions(policy: Mapping[str, Json], above: tuple[str, ...] = ()) -> list[list[tuple[tuple[str, ...], Json]]]:
    """The policy as alternatives, each a list of paths with what is asked of them."""
    found: list[list[tuple[tuple[str, ...], Json]]] = [[]]
    for key, wanted in policy.items():
        if key == "$or":
            choices = [choice for part in wanted for choice in conditions(part, above)]
        elif isinstance(wanted, dict):
            choices = conditions(wanted, (*above, key))
        else:
            choices = [[((*above, key), wanted)]]
        found = [[*one, *other] for one in found for other in choices]
    return found


def accepted(policy: Mapping[str, Json], message: Json) -> bool | None:
    """Whether a policy accepts a message, seen as paths and values; None where the guide leaves it open."""

    def asked(path: tuple[str, ...], matchers: list[Json]) -> bool | None:
        found = leaves(message, path)
        verdicts: list[bool | None] = []
        # An array on the way is read in two ways; what is asked of its elements together is left to the other test.
        for matcher in matchers:
            doubt = (
                len(found) > 1
                or (found == [] and has_array(message, path))
                or any(item is None or isinstance(item, dict) for item in found)
            )
            negative = isinstance(matcher, dict) and ({"exists", "anything-but"} & set(matcher))
            if negative and doubt:
                verdicts.append(None)
            elif isinstance(matcher, dict) and "exists" in matcher:
                verdicts.append(bool(found) is matcher["exists"])
            else:
                verdicts.append(any(matched(matcher, leaf) for leaf in found if not isinstance(leaf, dict)))
        return True if True in verdicts else None if None in verdicts else False

    alternatives: list[bool | None] = []
    for alternative in conditions(policy):
        each = [asked(path, matchers) for path, matchers in alternative]
        verdict = False if False in each else None if None in each else True
        together = verdict is True and len(each) > 1 and any(has_array(message, path[:-1]) for path, _ in alternative)
        alternatives.append(None if together else verdict)
    return True if True in alternatives else None if None in alternatives else False


def has_array(message: Json, path: tuple[str, ...]) -> bool:
    for step in path:
        message = message.get(step) if isinstance(message, dict) else None
        if isinstance(message, list):
            return True
    return False


def decided(policy: Json, message: Json) -> bool | None:
    return lets_through({"FilterPolicy": json.dumps(policy), "FilterPolicyScope": "MessageBody"}, message)


@settings(max_examples=200)
@given(POLICIES, MESSAGES)
def test_a_decision_holds_for_every_message_it_may_turn_out_to_be(policy: Json, message: Json) -> None:
    said = decided(policy, message)
    if said is None:
        return
    for number, world in enumerate(worlds(message)):
        if number > 200:
            break
        truth = accepted(policy, world)
        assert truth is None or truth is said, world


@settings(max_examples=120)
@given(POLICIES, st.dictionaries(KEYS, st.sampled_from(TEXTS) | st.dictionaries(KEYS, TEXT, max_size=2), max_size=2))
def test_a_message_that_is_known_leaves_nothing_undecided(policy: Json, message: Json) -> None:
    truth = accepted(policy, message)
    said = decided(policy, message)
    if truth is not None:
        assert said in {truth, None}
    if not any(isinstance(value, dict) for value in message.values()):
        assert said is truth


JSON: st.SearchStrategy[Json] = st.recursive(
    SCALARS | st.sampled_from(["prefix", "$or", "exists"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["k", "m", "$or", "prefix", "anything-but", "exists", "numeric"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@settings(max_examples=120)
@given(JSON | st.text(max_size=20), MESSAGES, st.sampled_from(["MessageBody", "MessageAttributes", None, 3]))
def test_no_policy_breaks_the_decision(policy: Json, message: Json, scope: Json) -> None:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    assert lets_through({"FilterPolicy": text, "FilterPolicyScope": scope}, message) in {True, False, None}
