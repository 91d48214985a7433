"""Which values of recorded answers are replaced: a file of rules, by kind of value or by place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from scanner.arns import parse_arn
from scanner.documents import read_document
from scanner.errors import UsageError
from scanner.model.json_values import as_object, as_objects, as_text
from scanner.redaction.pseudonyms import is_address, pseudonym
from scanner.schemas import require


class Kind(StrEnum):
    """A kind of value that is found wherever it is."""

    ACCOUNT_EMAIL = "account-email"
    SUBSCRIPTION_ENDPOINT = "subscription-endpoint"
    IP_ADDRESS = "ip-address"
    IDENTITY_NAME = "identity-name"


@dataclass(frozen=True, slots=True)
class Choice:
    """One rule of a file: a kind, or the steps of a JSON Pointer into the raw answers of a call ("" for every call)."""

    name: str
    kind: Kind | None = None
    steps: tuple[str, ...] = ()
    call: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value that is to be replaced, and the rule that chose it.

    ``part`` is what is replaced of it, at its end: the name in an ARN ("" where it is replaced as a whole).
    """

    rule: str
    value: str
    part: str = ""

    def pseudonym(self, key: bytes) -> str:
        """What takes its place."""
        if not self.part:
            return pseudonym(self.value, key)
        return f"{self.value.removesuffix(self.part)}{pseudonym(self.part, key)}"


def read_choices(path: Path) -> tuple[Choice, ...]:
    """The rules of a file. Raises ContentError with every mistake of it."""
    document = read_document(path)
    require(document, "redaction")
    return tuple(map(_choice, as_objects(as_object(document.value)["redact"])))


def _choice(raw: Any) -> Choice:
    if "kind" in raw:
        kind = Kind(as_text(raw["kind"]))
        return Choice(kind.value, kind)
    pointer, call = as_text(raw["at"]), as_text(raw.get("call", ""))
    steps = tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
    return Choice(f"{call}#{pointer}", None, steps, call)


def chosen(choices: tuple[Choice, ...], operation: str, answer: Any) -> Iterator[Chosen]:
    """The values of one raw answer, or of one record of CloudTrail, that are to be replaced.

    Raises UsageError for a place that holds something else than text: only text can be replaced.
    """
    for choice in choices:
        if choice.kind is Kind.IDENTITY_NAME:
            yield from _identities(choice.name, answer)
        elif choice.kind is not None:
            for value in _OF_KIND[choice.kind](operation, answer):
                yield Chosen(choice.name, value)
        elif choice.call in {"", operation}:
            for found in _at(answer, choice.steps):
                yield from _texts(choice, operation, found)


def _at(value: Any, steps: tuple[str, ...]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict):
        inner = value.values() if step == "*" else [value[step]] if step in value else []
    elif isinstance(value, list):
        wanted = value if step == "*" else value[int(step) : int(step) + 1] if step.isdecimal() else []
        inner = wanted
    else:
        inner = []
    for item in inner:
        yield from _at(item, rest)


def _texts(choice: Choice, operation: str, value: Any) -> Iterator[Chosen]:
    if isinstance(value, str):
        if value:
            yield Chosen(choice.name, value)
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(choice, operation, item)
    elif value is not None:
        raise UsageError(
            f"The rule {choice.name} chooses {value!r} in an answer of {operation}, and only text can be replaced.",
            "Name a place that holds text.",
        )


def _members(value: Any) -> Iterator[tuple[str, str]]:
    """Every text of an answer with the name of the member that holds it ("" in a list)."""
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str):
                yield name, item
            else:
                yield from _members(item)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, str):
                yield "", item
            else:
                yield from _members(item)


def _emails(operation: str, answer: Any) -> Iterator[str]:
    """E-mail addresses of accounts, in members called Email, EmailAddress and the like."""
    del operation
    for name, text in _members(answer):
        if name.lower().endswith(("email", "emailaddress")) and "@" in text:
            yield text


def _endpoints(operation: str, answer: Any) -> Iterator[str]:
    """Where SNS may send messages to: addresses, numbers and URLs. What has an ARN is a resource, and is judged."""
    if not operation.startswith("sns."):
        return
    for name, text in _members(answer):
        if name in {"Endpoint", "PhoneNumber"} and text and parse_arn(text) is None:
            yield text


_V4 = re.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w.]*[\w])")
_V6 = re.compile(r"(?<![\w:.])(?=[0-9a-fA-F]{0,4}:)[0-9a-fA-F:.]{2,46}(?![\w:])")


def _addresses(operation: str, answer: Any) -> Iterator[str]:
    """IP addresses, alone or inside a text such as a policy; those that mean everywhere or this machine are left."""
    del operation
    for _, text in _members(answer):
        for pattern in (_V4, _V6):
            for found in (word.rstrip(".") for word in pattern.findall(text)):
                if is_address(found) and not _is_nobodys(found):
                    yield found


def _is_nobodys(text: str) -> bool:
    address = ip_address(text)
    return address.is_unspecified or address.is_loopback


_NAMED_ID = re.compile(r"[^:]+:(.+)", re.DOTALL)
_ROLE = "Role"
_NAMING = ("user/", "assumed-role/", "federated-user/")


def _identities(rule: str, record: Any) -> Iterator[Chosen]:
    """The names of users and of role sessions in a record, which are those of people; roles keep theirs.

    Source: CloudTrail user guide, "CloudTrail userIdentity element".
    """
    record = _object(record)
    identity, asked = _object(record.get("userIdentity")), _object(record.get("requestParameters"))
    assumed = _object(_object(record.get("responseElements")).get("assumedRoleUser"))
    names = [identity.get("userName") if identity.get("type") != _ROLE else None, asked.get("roleSessionName")]
    for whole in (identity.get("arn"), identity.get("principalId"), assumed.get("arn"), assumed.get("assumedRoleId")):
        if isinstance(whole, str) and (part := _name_in(whole)):
            yield Chosen(rule, whole, part)
            names.append(part)
    for name in names:
        if isinstance(name, str) and name:
            yield Chosen(rule, name)


def _name_in(whole: str) -> str:
    """The name at the end of an ARN of IAM or STS, or of the id of a role session; "" where there is none."""
    arn = parse_arn(whole)
    if arn is not None:
        return arn.resource.rpartition("/")[2] if arn.resource.startswith(_NAMING) else ""
    found = _NAMED_ID.fullmatch(whole)
    return found[1] if found else ""


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


_OF_KIND = {
    Kind.ACCOUNT_EMAIL: _emails,
    Kind.SUBSCRIPTION_ENDPOINT: _endpoints,
    Kind.IP_ADDRESS: _addresses,
}
