"""What the data protection policies of CloudWatch Logs mask and report.

Sources: CloudWatch Logs User Guide, "Data protection policy operations" and "Log group policies and account-level
policies for data protection" (an account's policy and a log group's add up).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.model import JsonValue
from scanner.policies.statements import PolicyDocumentError, policy_from_text


@dataclass(frozen=True, slots=True)
class Protection:
    """The data identifiers that are masked, and those of which finds are reported somewhere, by their names."""

    masked: frozenset[str]
    reported: frozenset[str]


def log_protection(policies: Iterable[str]) -> Protection:
    """What the texts of policies mask and report together.

    An identifier of AWS is known by the last part of its ARN, one of the customer's own by its name. Raises
    PolicyDocumentError for a policy that is not as AWS documents it.
    """
    masked: set[str] = set()
    reported: set[str] = set()
    for policy in policies:
        for identifiers, operation in _statements(policy_from_text(policy)):
            if "Deidentify" in operation:
                masked |= identifiers
            elif _destinations(operation):
                reported |= identifiers
    return Protection(frozenset(masked), frozenset(reported))


def _statements(document: JsonValue) -> Iterator[tuple[set[str], Mapping[str, Any]]]:
    listed = document.get("Statement") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        raise _malformed("it has no list of statements")
    for statement in listed:
        operation = statement.get("Operation") if isinstance(statement, Mapping) else None
        names = statement.get("DataIdentifier") if isinstance(statement, Mapping) else None
        if not isinstance(operation, Mapping) or not isinstance(names, list):
            raise _malformed("a statement lacks its operation or its data identifiers")
        if set(operation) not in ({"Audit"}, {"Deidentify"}):
            raise _malformed("a statement has an operation that is not known")
        yield {str(name).rpartition("/")[2] for name in names}, operation


def _destinations(operation: Mapping[str, Any]) -> bool:
    audit = operation["Audit"]
    return isinstance(audit, Mapping) and bool(audit.get("FindingsDestination"))


def _malformed(what: str) -> PolicyDocumentError:
    return PolicyDocumentError(f"The data protection policy cannot be read: {what}.")
