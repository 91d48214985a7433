"""Who acted, by the forms of userIdentity that records have."""

from collections.abc import Mapping

import pytest

from scanner.events.reading.fields.actors import ACTOR_FIELDS, actor_in, actor_of, without_session

SESSION = "arn:aws:sts::111122223333:assumed-role/deployment/4711"


def acted(identity: Mapping[str, str]) -> str:
    return actor_of(*(identity.get(str(member), "") for _, member in ACTOR_FIELDS))


@pytest.mark.parametrize(
    ("identity", "actor"),
    [
        (
            {"type": "Root", "arn": "arn:aws:iam::111122223333:root", "userName": "an-alias"},
            "arn:aws:iam::111122223333:root",
        ),
        (
            {"type": "AssumedRole", "arn": SESSION, "principalId": "AROAEXAMPLE:4711", "invokedBy": "x.amazonaws.com"},
            SESSION,
        ),
        ({"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}, "autoscaling.amazonaws.com"),
        ({"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": "444455556666"}, "AWSAccount AIDAEXAMPLE"),
        ({"type": "AWSAccount", "accountId": "444455556666"}, "AWSAccount 444455556666"),
        ({"type": "IAMUser", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}, "IAMUser HIDDEN_DUE_TO_SECURITY_REASONS"),
        ({"type": "Unknown"}, "Unknown"),
        ({"userName": "anna"}, "anna"),
        ({}, ""),
    ],
)
def test_who_acted(identity: Mapping[str, str], actor: str) -> None:
    assert acted(identity) == actor_in(dict(identity)) == actor


@pytest.mark.parametrize("identity", [None, "root", [], {"arn": 7, "type": ["x"]}, {"arn": ""}])
def test_an_identity_of_another_type_names_nobody(identity: object) -> None:
    assert actor_in(identity) == ""


@pytest.mark.parametrize(
    ("actor", "together"),
    [
        (SESSION, "arn:aws:sts::111122223333:assumed-role/deployment"),
        ("arn:aws:sts::111122223333:assumed-role/deployment/a/b", "arn:aws:sts::111122223333:assumed-role/deployment"),
        ("arn:aws:sts::111122223333:assumed-role/deployment", "arn:aws:sts::111122223333:assumed-role/deployment"),
        ("arn:aws:iam::111122223333:user/assumed-role/anna", "arn:aws:iam::111122223333:user/assumed-role/anna"),
        ("IAMUser assumed-role/anna", "IAMUser assumed-role/anna"),
    ],
)
def test_the_sessions_of_a_role_are_one_actor(actor: str, together: str) -> None:
    assert without_session(actor) == together
