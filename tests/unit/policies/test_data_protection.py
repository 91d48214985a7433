"""What a data protection policy does to a message, as far as the message is known."""

import json
from typing import Any

import pytest

from scanner.policies.data_protection import INBOUND, OUTBOUND, Finding, Published, data_protection
from scanner.policies.filter_policies import OneOf, Open, Partial
from scanner.policies.statements import PolicyDocumentError

CLOUDWATCH = "cloudwatch.amazonaws.com"
USER = "arn:aws:iam::111122223333:user/ops"
MESSAGE = {"AlarmName": "stop-logging", "NewStateReason": Open.TEXT, "OldStateValue": OneOf(("OK", "X"))}
QUIET = Published(MESSAGE, ("stop-logging", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:stop-logging"))


def identifier(name: str) -> str:
    return f"arn:aws:dataprotection::aws:data-identifier/{name}"


def policy(*identifiers: str, **statement: Any) -> dict[str, Any]:
    made = {"Sid": "s", "DataDirection": "Inbound", "Principal": ["*"], "Operation": {"Deny": {}}}
    return {
        "Name": "p",
        "Version": "2021-06-01",
        "Statement": [{**made, "DataIdentifier": [*identifiers], **statement}],
    }


def own(regex: str, **statement: Any) -> dict[str, Any]:
    custom = {"CustomDataIdentifier": [{"Name": "Own", "Regex": regex}]}
    return {**policy("Own", **statement), "Configuration": custom}


def saying(*texts: str) -> Published:
    return Published({"AlarmName": texts[0]}, texts)


def denied(document: Any, published: Published = QUIET, caller: str = CLOUDWATCH) -> str:
    found = data_protection(document).denial(INBOUND, caller, published)
    return "no" if found is None else "yes" if found.certain else "perhaps"


@pytest.mark.parametrize("none", [None, "", {}, "{}"])
def test_without_a_policy_nothing_is_denied(none: Any) -> None:
    assert denied(none) == "no"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("EmailAddress", "stop-logging", "no"),
        ("EmailAddress", "tell ops@example.com", "perhaps"),
        ("IpAddress", "changes in 10.0", "no"),
        ("IpAddress", "from 10.0.0.1", "perhaps"),
        ("IpAddress", "from fe80::1", "perhaps"),
        ("IpAddress", "from 2001:db8:0:0:1:0:0:1", "perhaps"),
        ("AwsSecretKey", "root-usage", "no"),
        ("AwsSecretKey", "root-Credentials-used", "perhaps"),
        ("AwsSecretKey", "secret_key", "perhaps"),
        ("OpenSshPrivateKey", "key-deleted", "no"),
        ("OpenSshPrivateKey", "private-key-deleted", "perhaps"),
        ("PgpPrivateKey", "-----BEGIN", "perhaps"),
        ("PkcsPrivateKey", "Private Key", "perhaps"),
        ("PuttyPrivateKey", "PuTTY", "perhaps"),
        # By machine learning SNS may take anything for a name, an address or a number.
        ("Name", "stop-logging", "perhaps"),
        ("CreditCardNumber", "stop-logging", "perhaps"),
        ("Ssn-US", "stop-logging", "perhaps"),
        ("NotKnownHere", "stop-logging", "perhaps"),
    ],
)
def test_an_identifier_is_ruled_out_only_by_what_it_needs(name: str, text: str, expected: str) -> None:
    assert denied(policy(identifier(name)), saying(text)) == expected
    assert denied(policy(identifier(name)), Published({"AlarmName": text})) == "perhaps"


@pytest.mark.parametrize(
    ("regex", "message", "expected"),
    [
        ("stop", MESSAGE, "yes"),
        ("NewStateReason", MESSAGE, "yes"),
        ("Stop", MESSAGE, "perhaps"),
        ("OK", MESSAGE, "perhaps"),
        ("st.p", MESSAGE, "perhaps"),
        ("[0-9]{4}", MESSAGE, "perhaps"),
        ("stop", {"Resources": [{"Name": "stop"}]}, "yes"),
        ("stop", {"a": OneOf(("stop",))}, "yes"),
        ("replay", {"replay": Open.ANYTHING}, "perhaps"),
        ("userName", {"detail": Partial(userName=None)}, "perhaps"),
        ("stop", Open.ANYTHING, "perhaps"),
    ],
)
def test_a_plain_word_is_found_where_the_message_certainly_has_it(regex: str, message: Any, expected: str) -> None:
    assert denied(own(regex), Published(message, ("x",))) == expected


@pytest.mark.parametrize(
    ("statement", "caller", "expected"),
    [
        ({"Principal": ["*"]}, CLOUDWATCH, "yes"),
        ({"Principal": "*"}, CLOUDWATCH, "yes"),
        ({"Principal": {"AWS": ["*"]}}, CLOUDWATCH, "yes"),
        ({"Principal": [CLOUDWATCH]}, CLOUDWATCH, "yes"),
        ({"Principal": [USER]}, CLOUDWATCH, "no"),
        ({"Principal": [USER]}, USER, "yes"),
        ({"Principal": [f"{USER}-2"]}, USER, "no"),
        ({"Principal": ["arn:aws:iam::111122223333:role/ops"]}, USER, "no"),
        ({"Principal": [USER]}, "", "perhaps"),
        ({"Principal": ["*"]}, "", "yes"),
        ({"Principal": ["arn:aws:iam::111122223333:root"]}, CLOUDWATCH, "perhaps"),
        ({"Principal": ["111122223333"]}, USER, "perhaps"),
        ({"Principal": ["arn:aws:iam::111122223333:user/*"]}, CLOUDWATCH, "perhaps"),
        (
            {"Principal": ["arn:aws:iam::111122223333:role/ops"]},
            "arn:aws:sts::111122223333:assumed-role/ops/x",
            "perhaps",
        ),
        ({"Principal": None, "NotPrincipal": [USER]}, CLOUDWATCH, "yes"),
        ({"Principal": None, "NotPrincipal": [USER]}, USER, "no"),
        ({"Principal": None, "NotPrincipal": ["111122223333"]}, USER, "perhaps"),
        ({"DataDirection": "Outbound"}, CLOUDWATCH, "no"),
        ({"Operation": {"Audit": {"SampleRate": "99"}}}, CLOUDWATCH, "no"),
        ({"Operation": {"Deidentify": {"RedactConfig": {}}}}, CLOUDWATCH, "no"),
    ],
    ids=str,
)
def test_whom_a_statement_is_about(statement: dict[str, Any], caller: str, expected: str) -> None:
    document = own("stop", **statement)
    if statement.get("Principal", "") is None:
        del document["Statement"][0]["Principal"]
    assert denied(document, caller=caller) == expected


def test_the_certain_statement_is_named_before_others() -> None:
    document = own("stop", Sid="Certain")
    document["Statement"].insert(0, policy(identifier("Name"), Sid="")["Statement"][0])
    read = data_protection(json.dumps(document))
    assert read.denial(INBOUND, CLOUDWATCH, QUIET) == Finding(
        certain=True, why="statement Certain, which looks for Own"
    )
    assert read.denial(INBOUND, CLOUDWATCH, saying("other")) == Finding(
        certain=False, why="statement number 1, which looks for Name"
    )


def test_directions_and_masks_are_told_apart() -> None:
    outbound = data_protection(own("stop", DataDirection="Outbound", Principal=[USER]))
    assert outbound.denial(OUTBOUND, USER, QUIET) is not None
    assert outbound.denial(OUTBOUND, f"{USER}-2", QUIET) is None
    assert outbound.masking(CLOUDWATCH, QUIET) is None
    masks = data_protection(policy(identifier("Address"), Operation={"Deidentify": {"RedactConfig": {}}}))
    assert masks.masking(CLOUDWATCH, QUIET) == Finding(certain=False, why="statement s, which looks for Address")


@pytest.mark.parametrize(
    "document",
    [
        "no JSON",
        "[]x",
        [1],
        {"Statement": {}},
        {"Name": "p"},
        {"Statement": ["text"]},
        policy("x", Operation={}),
        policy("x", Operation={"Deny": {}, "Audit": {}}),
        policy("x", Operation={"Drop": {}}),
        policy("x", DataDirection="Sideways"),
        policy("x", Principal=[]),
        policy("x", Principal=[1]),
        policy("x", NotPrincipal=["*"]),
        policy("x", Principal={"Service": "x"}),
        policy(),
        {**policy("x"), "Configuration": []},
        {**policy("x"), "Configuration": {"CustomDataIdentifier": {}}},
        {**policy("x"), "Configuration": {"CustomDataIdentifier": ["x"]}},
        {**policy("x"), "Configuration": {"CustomDataIdentifier": [{"Name": "x"}]}},
        '{"Statement": [], "Statement": []}',
    ],
    ids=str,
)
def test_a_policy_that_is_not_as_documented_is_never_judged(document: Any) -> None:
    with pytest.raises(PolicyDocumentError):
        data_protection(document)
