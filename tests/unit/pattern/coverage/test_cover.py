"""Coverage over all JSON objects: verdicts, unions, what is missed, and the event that shows it."""

import json

import pytest

from scanner.pattern import (
    And,
    Compare,
    CoverageProof,
    CoverageVerdict,
    IsBool,
    JsonPattern,
    Or,
    Selector,
    Text,
    covers,
    matches,
    parse,
)

TRAILS = "{ ($.eventName = CreateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StopLogging) }"


def decide(required: str, *deployed: str) -> CoverageProof:
    """The answer for texts; a witness is checked here again."""
    wanted, filters = parse(required), [parse(text) for text in deployed]
    answer = covers(wanted, filters)
    assert (answer.witness is not None) == (answer.verdict == "not_covered")
    if answer.witness is not None:
        message = json.dumps(answer.witness)
        assert matches(wanted, message)
        assert not any(matches(pattern, message) for pattern in filters)
    return answer


def verdict(required: str, *deployed: str) -> str:
    return decide(required, *deployed).verdict


@pytest.mark.parametrize(
    ("required", "deployed"),
    [
        (TRAILS, '{ $.eventName = StopLogging || $.eventName = "DeleteTrail" || $.eventName = CreateTrail }'),
        (TRAILS, "{ $.eventName = *Trail || $.eventName = Stop* }"),
        (TRAILS, "{ $.eventName = * }"),
        ("{ $.a = AccessDeniedException }", "{ $.a = AccessDenied* }"),
        ("{ $.a = *Denied* }", "{ $.a != x }"),
        ("{ $.a = x && $.b = y }", "{ $.b = y }"),
        ("{ $.a = x && ($.b = y || $.b = z) }", "{ ($.a = x && $.b = y) || ($.a = x && $.b = z) }"),
        ("{ $.a != x && $.a != y }", "{ $.a != y }"),
        ("{ $.a = %^Create(Trail|Key)$% }".replace("(Trail|Key)", "[TK][a-z]+"), "{ $.a = Create* }"),
        ("{ $.a = %^x+$% }", "{ $.a = %x% }"),
        ("{ $.a = 10.* }", "{ $.a = %^10\\.% }"),
        ("{ $.a NOT EXISTS }", "{ $.a NOT EXISTS || $.a IS NULL }"),
        ("{ $.a = x && $.a = y }", "{ $.b = z }"),
        (
            "{ $.a = x }",
            "{ $.a = x && ($.b = y || $.b != y || $.b NOT EXISTS || $.b IS NULL || $.b IS TRUE) || $.a = * }",
        ),
    ],
)  # fmt: skip
def test_covered(required: str, deployed: str) -> None:
    assert decide(required, deployed) == CoverageProof(CoverageVerdict.COVERED)


@pytest.mark.parametrize(
    ("required", "deployed", "missed"),
    [
        (TRAILS, "{ $.eventName = CreateTrail }", ("DeleteTrail", "StopLogging")),
        (TRAILS, "{ $.eventSource = x && $.eventName = * }", ("CreateTrail", "DeleteTrail", "StopLogging")),
        ("{ $.a = AccessDenied* }", "{ $.a = AccessDenied }", ('$.a = "AccessDenied*"',)),
        ("{ $.a = x }", "{ $.a = X }", ('$.a = "x"',)),
        ("{ $.a = x && $.b = y }", "{ $.a = x && $.b = y && $.c = z }", ('$.a = "x" && $.b = "y"',)),
        ("{ $.a != x }", "{ $.a != x && $.b != y }", ('$.a != "x"',)),
        ("{ $.a = * }", "{ $.a = %[^b]% }", ('$.a = "*"',)),
        ("{ $.a NOT EXISTS }", "{ $.a IS NULL || $.a != x }", ("$.a NOT EXISTS",)),
        ("{ $.a IS TRUE }", "{ $.a = true || $.a IS FALSE }", ("$.a IS TRUE",)),
        ("{ $.a = x || $.b = y }", "{ $.a = x || ($.b = y && $.a != x) }", ('$.b = "y"',)),
    ],
)
def test_missed(required: str, deployed: str, missed: tuple[str, ...]) -> None:
    answer = decide(required, deployed)
    assert answer.verdict == "not_covered"
    assert answer.missed == missed


def test_the_union_counts() -> None:
    parts = ("{ $.eventName = CreateTrail }", "{ $.eventName = DeleteTrail }", "{ $.eventName = Stop* }")
    assert verdict(TRAILS, *parts) == "covered"
    for left_out in range(3):
        rest = [part for place, part in enumerate(parts) if place != left_out]
        assert verdict(TRAILS, *rest) == "not_covered"


def test_a_guard_split_over_two_filters() -> None:
    required = "{ $.eventName = DeleteTrail && $.readOnly IS FALSE }"
    one = "{ $.eventName = DeleteTrail && $.userIdentity.type = Root }"
    other = "{ $.readOnly IS FALSE && ($.userIdentity.type != Root || $.userIdentity.type NOT EXISTS) }"
    assert verdict(required, one, other) == "not_covered"  # the type may be null, true or an object
    assert (
        verdict(required, one, other, "{ $.userIdentity.type IS NULL || $.userIdentity.type IS TRUE }") == "not_covered"
    )
    assert decide(required, one, "{ $.readOnly IS FALSE }") == CoverageProof(CoverageVerdict.COVERED)


def test_no_filter_covers_only_what_cannot_be() -> None:
    assert decide(TRAILS).missed == ("CreateTrail", "DeleteTrail", "StopLogging")
    assert verdict("{ $.a = x && $.a != x }") == "covered"


def test_the_witness_is_small_and_plausible() -> None:
    assert decide(TRAILS, "{ $.eventName = *Trail }").witness == {"eventName": "StopLogging"}
    denied = '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'
    assert decide(denied, "{ $.errorCode = AccessDenied* }").witness == {"errorCode": "Client.UnauthorizedOperation"}
    nested = decide("{ $.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS }", "{ $.a = b }")
    assert nested.witness == {"userIdentity": {"type": "Root"}}


def test_precedence_changes_the_answer() -> None:
    plain = "{ $.eventName = CreateRoute || $.eventName = DeleteRoute }"
    trap = "{ ($.eventSource = ec2.amazonaws.com) && ($.eventName = CreateRoute) || ($.eventName = DeleteRoute) }"
    meant = "{ ($.eventSource = ec2.amazonaws.com) && (($.eventName = CreateRoute) || ($.eventName = DeleteRoute)) }"
    assert decide(plain, trap).missed == ("CreateRoute",)
    assert decide(plain, meant).missed == ("CreateRoute", "DeleteRoute")
    assert verdict(meant, trap) == "covered"
    assert decide(trap, meant).missed == ("DeleteRoute",)


@pytest.mark.parametrize(
    ("required", "deployed", "answer"),
    [
        ("{ $.a = Ev*ent }", "{ $.a = Ev* }", "covered"),
        ("{ $.a = Ev* }", "{ $.a = Ev*ent }", "not_covered"),
        ("{ $.a = Event }", "{ $.a = Ev*ent }", "undetermined"),
        ("{ $.a = Ev*ent }", '{ $.a = "Ev*ent" }', "covered"),
        ("{ $.a = Ev*ent && $.b = x }", "{ $.a = E*t && $.b = x }", "undetermined"),
    ],
)  # fmt: skip
def test_a_star_in_the_middle_is_decided_both_ways(required: str, deployed: str, answer: str) -> None:
    assert verdict(required, deployed) == answer


def test_undetermined_star_says_why() -> None:
    answer = decide("{ $.a = Event }", "{ $.a = Ev*ent }")
    assert answer.missed == ('$.a = "Event"',)
    assert "read as a wildcard the filter covers it, as a plain character it does not cover it" in answer.reason


def test_trees_put_together_by_hand() -> None:
    name, source = Selector(("eventName",)), Selector(("eventSource",))
    required = JsonPattern(
        And((Compare(source, "=", Text("kms.amazonaws.com")), Compare(name, "=", Text("DisableKey"))))
    )
    writes = IsBool(Selector(("readOnly",)), value=False)
    lane = JsonPattern(And((writes, Or((Compare(name, "=", Text("Disable*")),)))))
    assert covers(required, [lane]).verdict == "not_covered"
    both = JsonPattern(Or((lane.expr, And((Compare(name, "=", Text("DisableKey")), Compare(name, "!=", Text("x")))))))
    assert covers(required, [both]).verdict == "covered"
    assert covers(JsonPattern(And(())), [JsonPattern(And(()))]).verdict == "covered"
    assert covers(JsonPattern(And(())), [lane]).missed == ("every event",)
    assert covers(JsonPattern(Or(())), [lane]).verdict == "covered"


def test_long_labels_are_cut() -> None:
    fields = " && ".join(f"$.field{number} = value{number}" for number in range(30))
    (label,) = decide(f"{{ {fields} }}", "{ $.a = b }").missed
    assert len(label) == 201
    assert label.endswith("…")
