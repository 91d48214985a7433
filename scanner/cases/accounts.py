"""The accounts of a case: those that see what the first one sees, and those of which nothing could be looked at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from scanner.cases.calls import ACCOUNT, Calls, CaseCall
from scanner.documents import Document, Pointer
from scanner.model import JsonValue
from scanner.model.json_values import as_object, as_text, as_texts
from scanner.wording import did_you_mean


@dataclass(frozen=True, slots=True)
class CaseAccounts:
    """``calls`` are those of all accounts, ``left_out`` says why nothing was looked at in which accounts.

    ``operations`` are those that answer several accounts alike.
    """

    calls: Calls
    left_out: Mapping[str, str]
    operations: frozenset[str]


def read_accounts(
    document: Document, pointer: Pointer, described: Mapping[str, JsonValue], calls: Calls, problems: list[str]
) -> CaseAccounts:
    """The accounts ``described`` at ``pointer`` of a case file, over the calls so far; adds mistakes to ``problems``.

    ``sees`` names operations that answer the account what they answer ``ACCOUNT``, with its own id where arguments name
    the other, as ``ExpectedBucketOwner`` does. Calls that are written down for the account count before these.
    """
    known = {call.operation for call in calls.values() if call.account == ACCOUNT}
    more: Calls = {}
    left_out: dict[str, str] = {}
    operations: set[str] = set()
    for account, facts in described.items():
        said = as_object(facts)
        if "left_out" in said:
            left_out[account] = as_text(said["left_out"]).strip()
            if any(key.account == account for key in calls):
                sentence = f"account {account} is left out, and the case has calls of it"
                problems.append(document.problem((*pointer, account), sentence))
        for number, operation in enumerate(as_texts(said.get("sees", []))):
            operations.add(operation)
            if operation not in known:
                sentence = f"account {ACCOUNT} has no call {operation}.{did_you_mean(operation, known)}"
                problems.append(document.problem((*pointer, account, "sees", number), sentence))
            more.update((call.key, call) for call in _seen(calls, operation, account))
    return CaseAccounts({**more, **calls}, left_out, frozenset(operations))


def _seen(calls: Calls, operation: str, account: str) -> Iterator[CaseCall]:
    """The calls of the first account to an operation, as calls of another account."""
    for call in calls.values():
        if (call.account, call.operation) == (ACCOUNT, operation):
            named = {name: account if value == ACCOUNT else value for name, value in call.key.arguments.items()}
            yield replace(call, key=replace(call.key, account=account, arguments=named))
