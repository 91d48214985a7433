"""What protects the data in log groups, as far as moto lacks it."""

import json
from collections.abc import Mapping
from typing import Any

from scanner.demo.lacking.asked import Asked

_CARDS = "arn:aws:dataprotection::aws:data-identifier/CreditCardNumber"
_POLICY = {
    "Name": "cards",
    "Version": "2021-06-01",
    "Statement": [
        {"DataIdentifier": [_CARDS], "Operation": {"Audit": {"FindingsDestination": {}}}},
        {"DataIdentifier": [_CARDS], "Operation": {"Deidentify": {"MaskConfig": {}}}},
    ],
}


def protection(asked: Asked) -> Mapping[str, Any]:
    """``GetDataProtectionPolicy``: no log group has a policy of its own."""
    return {"logGroupIdentifier": asked.parameters["logGroupIdentifier"]}


def account_policies(asked: Asked) -> Mapping[str, Any]:
    """``DescribeAccountPolicies``: one that masks card numbers and reports them nowhere."""
    policy = {
        "policyName": "cards",
        "policyType": "DATA_PROTECTION_POLICY",
        "policyDocument": json.dumps(_POLICY),
        "scope": "ALL",
        "accountId": asked.account,
    }
    return {"accountPolicies": [policy]}
