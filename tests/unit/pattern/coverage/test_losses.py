"""What decides whether an event of a name is lost."""

import json

import pytest

from scanner.pattern import JsonPattern, covers, loses_parts_whole, matches, parse, parse_required

ROLE = "arn:aws:iam::111122223333:role/deploy"


def lost(required: str, *deployed: str, realistic: bool = True) -> tuple[str, ...]:
    filters = [parse(f"{{ {text} }}") for text in deployed]
    answer = covers(parse(f"{{ {required} }}"), filters, realistic=realistic, explain=True)
    assert tuple(each.label for each in answer.losses) == answer.missed
    return answer.lost_words()


@pytest.mark.parametrize(
    ("required", "deployed", "words"),
    [
        ("$.eventName = StopLogging", "$.eventName = DeleteTrail", "StopLogging"),
        (
            "$.eventName = DeleteGroupPolicy",
            (f'$.eventName = Delete* && ($.userIdentity.sessionContext.sessionIssuer.arn != "{ROLE}" '
            "|| $.userIdentity.type != AssumedRole)"),
            ('DeleteGroupPolicy only where userIdentity.type is "AssumedRole" and '
            f'userIdentity.sessionContext.sessionIssuer.arn is "{ROLE}"'),
        ),
        (
            "$.eventName = DeleteGroupPolicy",
            f'$.eventName = Delete* && $.userIdentity.sessionContext.sessionIssuer.arn != "{ROLE}"',
            f'DeleteGroupPolicy only where userIdentity.sessionContext.sessionIssuer.arn is absent or is "{ROLE}"',
        ),
        (
            "$.eventName = CreateRoute",
            "$.eventSource = ec2.amazonaws.com",
            'CreateRoute only where eventSource is not "ec2.amazonaws.com" ("apigateway.amazonaws.com" in the example)',
        ),
        (
            "$.eventName = StopLogging",
            "$.eventName = StopLogging && $.errorCode NOT EXISTS",
            'StopLogging only where errorCode is present ("AccessDenied" in the example)',
        ),
        (
            "$.eventName = StopLogging",
            "$.eventName = StopLogging && $.errorCode = *",
            "StopLogging only where errorCode is absent",
        ),
        (
            "$.eventName = StopLogging",
            '$.eventName = StopLogging && $.userIdentity.type != IAMUser && $.awsRegion = "eu-*"',
            None,  # one of several ways to lose it
        ),
        (
            "$.eventName = StopLogging",
            "$.eventName = StopLogging && $.requestParameters.count > 3",
            None,
        ),
    ],
)  # fmt: skip
def test_the_deciding_field(required: str, deployed: str, words: str | None) -> None:
    (found,) = lost(required, deployed)
    if words is None:
        assert found.startswith("StopLogging ")
        assert " where " in found
    else:
        assert found == words


def test_only_and_for_example() -> None:
    (found,) = lost("$.eventName = StopLogging", "$.eventName = StopLogging && $.awsRegion = x && $.errorCode = y")
    assert found.startswith("StopLogging for example where ")


def test_two_filters_together_decide() -> None:
    halves = ("$.eventName = StopLogging && $.userIdentity.type = Root", "$.userIdentity.type = IAMUser")
    (found,) = lost("$.eventName = StopLogging", *halves)
    assert found == (
        'StopLogging only where userIdentity.type is not "Root" and is not "IAMUser" ("AssumedRole" in the example)'
    )


def test_over_all_objects_every_kind_of_value_is_told() -> None:
    (found,) = lost("$.eventName = x", "$.eventName = x && $.a != y", realistic=False)
    assert found == 'x only where a is absent or is "y" or is not a text'


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            "$.sessionCredentialFromConsole NOT EXISTS",
            'sessionCredentialFromConsole is present ("true" in the example)',
        ),
        ("$.odd NOT EXISTS", 'odd is present ("other" in the example)'),
        ("$.odd IS TRUE", "odd is not true"),
        ("$.odd = *", "odd is absent or is not a text"),
        ("$.eventVersion = 1.*", 'eventVersion does not match "1.*" ("2.0" in the example)'),
        ('$.sourceIPAddress != "10.*"', 'sourceIPAddress matches "10.*" ("10.0.0.7" in the example)'),
    ],
)
def test_what_a_field_holds_is_told_in_few_words(asked: str, told: str) -> None:
    assert lost("$.eventName = StopLogging", f"$.eventName = StopLogging && {asked}") == (
        f"StopLogging only where {told}",
    )


def test_what_is_not_known_is_not_told() -> None:
    required = parse("{ $.eventName = StopLogging }")
    answer = covers(
        required, [parse("{ $.eventName = StopLogging && $.a = b }"), parse("[first, second]")], explain=True
    )
    assert answer.verdict == "not_covered"
    assert answer.lost_words() == ("StopLogging at least in part",)
    assert covers(required, [parse("{ $.eventName = x }")]).losses == ()


SHARED = """($.eventSource = guardduty.amazonaws.com && $.eventName = DeleteMembers)
|| ($.eventSource = detective.amazonaws.com && ($.eventName = DeleteMembers || $.eventName = DeleteGraph))"""


@pytest.mark.parametrize(
    ("deployed", "words"),
    [
        ("$.eventSource = s3.amazonaws.com", ("DeleteMembers", "DeleteGraph")),
        ("$.eventSource = guardduty.amazonaws.com", ("DeleteMembers of detective.amazonaws.com", "DeleteGraph")),
        ("$.eventName = DeleteGraph || $.eventSource = detective.amazonaws.com && $.errorCode NOT EXISTS", (
            "DeleteMembers of guardduty.amazonaws.com",
            'DeleteMembers of detective.amazonaws.com only where errorCode is present ("AccessDenied" in the example)',
        )),
    ],
)  # fmt: skip
def test_of_a_name_that_services_share_it_says_whose_events_are_lost(deployed: str, words: tuple[str, ...]) -> None:
    answer = covers(parse(f"{{ {SHARED} }}"), [parse(f"{{ {deployed} }}")], realistic=True, explain=True)
    assert answer.lost_words() == words


def test_a_name_of_which_one_part_is_lost_and_another_is_not_is_not_called_lost() -> None:
    required = "$.eventName = PutPolicy && ($.requestParameters.a = x || $.requestParameters.a = y)"
    assert lost(required, "$.requestParameters.a = x") == ("PutPolicy at least in part",)
    assert lost(required, "$.requestParameters.a = z") == ("PutPolicy",)


def test_every_part_that_is_lost_whole_is_told_so_however_many_there_are() -> None:
    names = tuple(f"Call{number}" for number in range(70))
    required = parse_required("{ $.eventName = $names }", {"names": list(names)})
    answer = covers(required, [parse("{ $.eventName = Other }")], realistic=True, explain=True)
    assert answer.lost_words() == names


@pytest.mark.parametrize(
    ("deployed", "whole"),
    [
        ("$.eventName = DeleteTrail", True),
        ("$.eventName = DeleteTrail && $.a = b", False),
        ("$.eventName = DeleteTrail || $.eventName = StopLogging && $.a = b", False),
        ("$.eventName = DeleteTrail || $.eventName = StartLogging", True),
        ("$.eventName = DeleteTrail || ($.eventName = StopLogging && $.eventName = x)", True),
        ("$.eventName = %^Del%", True),
        ("$.eventName = D*il", True),
        ("$.eventName = D*il && $.a = b", False),
        ("$.eventName = %^Del% && $.a = b", False),
    ],
)
def test_parts_are_lost_whole_or_it_is_denied(deployed: str, whole: bool) -> None:
    """A part that is not lost does not count, and a filter that matches some of its events is enough to deny it."""
    required = parse("{ $.eventName = DeleteTrail || $.eventName = StopLogging }")
    assert isinstance(required, JsonPattern)
    assert loses_parts_whole(required, [parse(f"{{ {deployed} }}")]) is whole


@pytest.mark.parametrize("field", ["userIdentity.type", "errorCode", "awsRegion", "a.b"])
def test_all_events_are_lost_where_it_says_so(field: str) -> None:
    """Changing anything but the deciding field of the example does not save it."""
    deployed = parse(f"{{ $.eventName = StopLogging && $.{field} = Root && ($.x = 1 || $.eventID = *) }}")
    required = parse("{ $.eventName = StopLogging }")
    answer = covers(required, [deployed], realistic=True, explain=True)
    (loss,) = answer.losses
    assert [each.field for each in loss.where] == [field]
    assert loss.only
    event = json.loads(json.dumps(answer.witness))
    event |= {"x": 1, "eventID": "other", "sourceIPAddress": "203.0.113.9"}
    assert not matches(deployed, json.dumps(event))
