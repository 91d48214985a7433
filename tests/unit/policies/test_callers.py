"""What policies let a role do: its own, and that of the resource it acts on."""

from typing import Any

import pytest

from scanner.policies.callers import Caller, Say, identity_say, resource_say
from scanner.policies.statements import PolicyDocumentError

ROLE = "arn:aws:iam::111122223333:role/send"
BUS = "arn:aws:events:us-east-1:444455556666:event-bus/b"
PUT = "events:PutEvents"
CALLER = Caller(ROLE, {"aws:SourceArn": "rule", "aws:PrincipalOrgID": "o-house", "aws:absent": None})


def policy(**members: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": PUT, "Resource": BUS, **members}]}


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": ROLE}, True),
        ({"AWS": "111122223333"}, True),
        ({"AWS": "arn:aws:iam::111122223333:root"}, True),
        ({"AWS": ["arn:aws:iam::444455556666:root", ROLE]}, True),
        ({"AWS": "arn:aws:iam::444455556666:root"}, False),
        ({"AWS": "arn:aws:iam::111122223333:role/other"}, False),
        ({"AWS": "arn:aws:iam::111122223333:user/somebody"}, False),
        ({"AWS": "AROAEXAMPLEEXAMPLE"}, False),
        ({"Federated": "*"}, False),
        ({"AWS": "arn:aws:sts::111122223333:assumed-role/send/session"}, None),
        ({"AWS": "arn:aws:iam::1111*:root"}, None),
        ({"Service": "events.amazonaws.com"}, None),
    ],
)
def test_who_a_principal_is(principal: Any, *, expected: bool | None) -> None:
    assert resource_say(policy(Principal=principal), PUT, BUS, CALLER) == Say(allow=expected, deny=False)
    refusing = resource_say(policy(Effect="Deny", Principal=principal), PUT, BUS, CALLER)
    assert refusing == Say(allow=False, deny=expected)


def test_all_but_a_principal() -> None:
    members = policy(Effect="Deny")["Statement"][0]
    assert resource_say({"Statement": [{**members, "NotPrincipal": {"AWS": ROLE}}]}, PUT, BUS, CALLER).deny is False
    other = {"AWS": "arn:aws:iam::111122223333:role/other"}
    assert resource_say({"Statement": [{**members, "NotPrincipal": other}]}, PUT, BUS, CALLER).deny is True


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, True),
        ({"Action": "events:*"}, True),
        ({"Action": "events:PutRule"}, False),
        ({"Resource": "*"}, True),
        ({"Resource": f"{BUS}-2"}, False),
        ({"Resource": BUS.replace("444455556666", "${aws:PrincipalAccount}")}, None),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-house"}}}, True),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-other"}}}, False),
        ({"Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE}}}, True),
        ({"Condition": {"Null": {"aws:absent": "true"}}}, True),
        ({"Condition": {"StringEquals": {"aws:unknown": "a"}}}, None),
        ({"Condition": {"StringEquals": {"aws:unknown": "a", "aws:PrincipalOrgID": "o-other"}}}, False),
    ],
)
def test_what_a_role_may(members: dict[str, Any], *, expected: bool | None) -> None:
    assert identity_say([policy(**members)], PUT, BUS, CALLER) == Say(allow=expected, deny=False)
    assert resource_say(policy(Principal="*", **members), PUT, BUS, CALLER).allow is expected


def test_one_policy_of_several_is_enough_and_a_denial_shows() -> None:
    say = identity_say(
        [policy(Action="events:PutRule"), policy(), policy(Effect="Deny", Resource="*")], PUT, BUS, CALLER
    )
    assert say == Say(allow=True, deny=True)
    assert identity_say([], PUT, BUS, CALLER) == Say(allow=False, deny=False)


def test_a_policy_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(PolicyDocumentError):
        identity_say(["{"], PUT, BUS, CALLER)
