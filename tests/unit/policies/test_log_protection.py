"""What data protection policies of log groups mask and report."""

import json
from typing import Any

import pytest

from scanner.policies.log_protection import log_protection
from scanner.policies.statements import PolicyDocumentError

CARDS = "arn:aws:dataprotection::aws:data-identifier/CreditCardNumber"


def policy(*statements: Any) -> str:
    return json.dumps({"Name": "p", "Version": "2021-06-01", "Statement": list(statements)})


def statement(operation: dict[str, Any], *identifiers: str) -> dict[str, Any]:
    return {"DataIdentifier": list(identifiers), "Operation": operation}


MASK: dict[str, Any] = {"Deidentify": {"MaskConfig": {}}}
REPORT: dict[str, Any] = {"Audit": {"FindingsDestination": {"S3": {"Bucket": "found"}}}}


def test_policies_add_up() -> None:
    found = log_protection([policy(statement(MASK, CARDS), statement(REPORT, CARDS)), policy(statement(MASK, "Own"))])
    assert sorted(found.masked) == ["CreditCardNumber", "Own"]
    assert sorted(found.reported) == ["CreditCardNumber"]


@pytest.mark.parametrize("destination", [{}, None, {"FindingsDestination": {}}, []])
def test_what_is_reported_nowhere_is_not_reported(destination: Any) -> None:
    found = log_protection([policy(statement({"Audit": destination}, CARDS))])
    assert (found.masked, found.reported) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        policy("odd"),
        policy({"Operation": MASK}),
        policy({"DataIdentifier": [CARDS]}),
        policy(statement({**MASK, **REPORT}, CARDS)),
        policy(statement({"Redact": {}}, CARDS)),
    ],
)
def test_what_is_not_such_a_policy_is_not_judged(text: str) -> None:
    with pytest.raises(PolicyDocumentError):
        log_protection([text])
