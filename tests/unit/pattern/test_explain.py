"""Patterns in plain sentences, and the warnings that go with them."""

import pytest

from scanner.pattern import And, Compare, JsonPattern, Or, Selector, Text, explain, parse


def lines(text: str) -> list[str]:
    return explain(parse(text))


def remarks(text: str) -> list[str]:
    return [line for line in lines(text) if line.startswith(("Warning:", "Note:"))]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("{ $.eventName = DeleteTrail }", "eventName is DeleteTrail"),
        ("{ $.eventName = DeleteTrail || $.eventName = StopLogging }", "eventName is one of DeleteTrail, StopLogging"),
        (
            "{ $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) }",
            "eventSource is kms.amazonaws.com, and eventName is one of DisableKey, ScheduleKeyDeletion",
        ),
        (
            "{ $.eventName = RunInstances && ($.errorCode = A* || $.errorCode = *B || $.errorCode NOT EXISTS) }",
            (
                "eventName is RunInstances, and either errorCode begins with A; or errorCode ends with B; "
                "or errorCode is absent"
            ),
        ),
        ("{ $.errorCode = *Denied* }", "errorCode contains Denied"),
        ("{ $.errorCode = * }", "errorCode is any text or number"),
        ("{ $.a.b[0] > 5 }", "a.b[0] is a number greater than 5"),
        ("{ $.a <= 5 }", "a is a number at most 5"),
        ("{ $.a = 5 }", "a is 5"),
        ("{ $.a IS NULL }", "a is null"),
        ("{ $.readOnly IS FALSE }", "readOnly is false"),
        ("{ $.a = %x+% }", "a holds a match of the regular expression %x+%"),
        ("{ $.a[*] = x }", "some a[*] is x"),
        ("{ $.a[*] != x }", "no a[*] is x"),
        ("{ $.a[*] NOT EXISTS }", "no a[*] exists"),
        ("{ $.sourceIPAddress != 10.* }", "sourceIPAddress is there but does not begin with 10."),
        ("{ $.sourceIPAddress != *10 }", "sourceIPAddress is there but does not end with 10"),
        ("{ $.sourceIPAddress != *10* }", "sourceIPAddress is there but does not contain 10"),
        ("{ $.sourceIPAddress != * }", "sourceIPAddress is there but is neither text nor a number"),
        ("{ $.sourceIPAddress != 10 }", "sourceIPAddress is there but is not 10"),
        ("{ $.sourceIPAddress != %1% }", "sourceIPAddress is there without a match of the regular expression %1%"),
    ],
)
def test_meaning(text: str, meaning: str) -> None:
    assert lines(text)[0] == f"It matches a JSON log event when {meaning}."


def test_alternatives_are_listed() -> None:
    assert lines("{ $.eventName = DeleteTrail || ($.userIdentity.type = Root && $.a IS TRUE) }") == [
        "It matches a JSON log event when at least one of these holds:",
        "- eventName is DeleteTrail.",
        "- userIdentity.type is Root, and a is true.",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["It matches every log event."]),
        (
            "ERROR -debug",
            [
                'It matches log events whose text contains "ERROR" and does not contain "debug".',
                "Note: terms are found anywhere in the text, also inside words; letter case counts.",
            ],
        ),
        (
            "?ERROR ?WARN",
            [
                'It matches log events whose text contains "ERROR" or "WARN".',
                "Note: terms are found anywhere in the text, also inside words; letter case counts.",
            ],
        ),
        ("%ERR%", ["It matches log events in whose text the regular expression %ERR% is found."]),
        (
            "[ip, status=4*, ...]",
            [
                "It splits log events at blanks into the fields ip, status.",
                "It matches when the condition on its field holds.",
                (
                    "Note: CloudTrail records are JSON; "
                    "a space-delimited filter sees them as text and matches by accident."
                ),
            ],
        ),
    ],
)
def test_other_languages(text: str, expected: list[str]) -> None:
    assert lines(text) == expected


def test_ignored_optional_terms_are_told() -> None:
    assert 'Warning: the optional "b" is ignored, because other terms are given.' in lines("a ?b")


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (
            "{ $.eventSource = ec2.amazonaws.com && $.eventName = CreateRoute || $.eventName = DeleteRoute }",
            (
                "Warning: && binds closer than ||, and both appear side by side: it is read as { ($.eventSource = "
                '"ec2.amazonaws.com" && $.eventName = "CreateRoute") || $.eventName = "DeleteRoute" }.'
            ),
        ),
        (
            "{ $.additionalEventData.MFAUsed != Yes }",
            (
                'Warning: $.additionalEventData.MFAUsed != "Yes" is false for events '
                "without additionalEventData.MFAUsed; "
                "add || $.additionalEventData.MFAUsed NOT EXISTS if they are meant too."
            ),
        ),
        ("{ $.a = x && $.a = y }", "Warning: no event can match it: its conditions contradict each other."),
        (
            "{ $.eventName != DeleteTrail || $.eventName != StopLogging }",
            (
                'Warning: $.eventName != "DeleteTrail" || $.eventName != "StopLogging" excludes nothing: '
                "eventName always differs from one of them. Use &&."
            ),
        ),
        (
            "{ $.eventSource = iam.amazonaws.com && $.eventName = StopLogging }",
            "Warning: StopLogging is not recorded with eventSource iam.amazonaws.com, so that part never matches.",
        ),
        ("{ $.eventName = DestroyTrail }", "Note: no AWS service is known to have an API call named DestroyTrail."),
        (
            "{ $.eventSource = trail.amazonaws.com }",
            "Note: no AWS service is known with the event source trail.amazonaws.com.",
        ),
        (
            "{ $.eventName = AttachClassicLinkVpc }",
            "Note: AttachClassicLinkVpc cannot occur any more: AWS retired ClassicLink in 2022.",
        ),
        (
            "{ $.readOnly = true }",
            'Note: $.readOnly = "true" looks at the text true, not at the JSON value; that is $.readOnly IS TRUE.',
        ),
        ("{ $.a = Ev*ent }", "Note: AWS does not say whether the * inside Ev*ent is a wildcard or a plain character."),
    ],
)
def test_remarks(text: str, remark: str) -> None:
    assert remark in remarks(text)


def test_noise_is_told() -> None:
    (first, *_) = remarks('{ $.errorCode = "AccessDenied*" || $.eventName != "HeadBucket" }')
    assert first.startswith("Warning: it matches 46 of 47 everyday records")


@pytest.mark.parametrize(
    "text",
    [
        "{ ($.eventName = DeleteTrail) || ($.eventName = StopLogging) }",
        (
            "{ ($.eventSource = kms.amazonaws.com) "
            "&& (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }"
        ),
        '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }',
        '{ $.errorMessage = "a && b || c" && $.eventName = ConsoleLogin }',
        "{ $.errorCode = %a|b% || $.errorCode NOT EXISTS && $.eventName = ConsoleLogin }".replace(" && ", " || "),
        "{ ($.userIdentity.type != AssumedRole || $.userIdentity.type NOT EXISTS) && $.eventName = DeleteTrail }",
    ],
)
def test_good_patterns_have_no_warning(text: str) -> None:
    assert not [line for line in remarks(text) if line.startswith("Warning: &&") or "is false for events" in line]


def test_warnings_come_before_notes() -> None:
    kinds = [line.partition(":")[0] for line in remarks("{ $.a != Ev*ent && $.eventName = DestroyTrail && $.b != c }")]
    assert kinds == sorted(kinds, reverse=True)
    assert set(kinds) == {"Warning", "Note"}


def test_trees_put_together_by_hand_are_explained() -> None:
    name = Selector(("eventName",))
    both = Or((Compare(name, "=", Text("DeleteTrail")), And((Compare(name, "=", Text("StopLogging")),))))
    assert explain(JsonPattern(both))[0].startswith("It matches a JSON log event when at least one")
    assert explain(JsonPattern(And(())))[0] == "It matches a JSON log event when it is one JSON object."
