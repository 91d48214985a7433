"""How conditions are sorted by what looks them up, and what the head holds for them."""

import dataclasses

import pytest

from scanner.events.matching.conditions.condition import Condition
from scanner.events.matching.judging.compiling import KEY, MAX_GUARDS, Bounds, compile_rules
from scanner.pattern import parse
from scanner.pattern.language.nodes import JsonPattern

AUDIT = "{ $.eventName = DeleteBucket && $.requestParameters.bucketName = *audit* }"
REFUSED = "{ $.errorCode = *UnauthorizedOperation }"
AGENT = "{ $.userAgent != aws-cli* }"


def conditions(*texts: str) -> list[Condition]:
    found = []
    for text in texts:
        pattern = parse(text)
        assert isinstance(pattern, JsonPattern)
        found.append(Condition(pattern.expr, None))
    return found


def test_every_condition_is_looked_up_in_one_way() -> None:
    rules = compile_rules(conditions(AUDIT, REFUSED, AGENT, "{ $.eventName = A || $.eventName = DeleteBucket }"))
    assert rules.by_name == {"DeleteBucket": (0, 3), "A": (3,)}
    assert rules.unnamed == (1, 2)
    assert rules.guarded == {("errorCode",): (1,)}
    assert (rules.near, rules.far) == ((2,), ())
    assert ("requestParameters", "bucketName") in rules.head.fields
    assert rules.held == {0, 1, 2, 3}


def test_what_the_head_cannot_hold_is_far() -> None:
    quoted = """{ $.userAgent != aws-cli* && $.['x"y'] != 1 }"""
    rules = compile_rules(conditions(AUDIT, quoted, AGENT), bounds=Bounds(siblings=0))
    assert (rules.near, rules.far) == ((2,), (1,))
    assert rules.held == {2}
    assert ("requestParameters", "bucketName") not in rules.head.fields


def test_details_are_decoded_with_the_head() -> None:
    rules = compile_rules(conditions(AUDIT), details=[("sourceIPAddress",)], bounds=Bounds(siblings=0))
    assert ("sourceIPAddress",) in rules.head.fields


def test_the_guard_of_most_rules_comes_first_and_there_are_few() -> None:
    several = [f"{{ $.k{number} = * && $.common = * }}" for number in range(3)]
    assert compile_rules(conditions(*several)).guarded == {("common",): (0, 1, 2)}
    alone = [f"{{ $.k{number} = * }}" for number in range(40)]
    rules = compile_rules(conditions(*alone))
    assert len(rules.guarded) == MAX_GUARDS + len(KEY)
    assert len(rules.near) == 40 - len(rules.guarded)


def test_what_is_compiled_cannot_be_changed() -> None:
    rules = compile_rules(conditions(AUDIT))
    with pytest.raises(dataclasses.FrozenInstanceError):
        rules.far = (0,)  # type: ignore[misc]  # that is what must fail
