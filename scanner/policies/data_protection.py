"""What the data protection policy of a topic does to a message: deny it, or mask what it finds in it.

Amazon SNS looks for data identifiers "by using machine learning and pattern matching", so what it finds is mostly not
decided by facts: only where an identifier needs something that the message certainly lacks, or is a plain word that it
certainly holds. Sources: Amazon SNS Developer Guide, "Understanding Amazon SNS data protection policies", "Data
protection policy operations", "Using managed data identifiers in Amazon SNS" and "Custom data identifiers".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.arns import parse_arn
from scanner.model import JsonValue
from scanner.policies.filter_policies import Decided, Message, OneOf, Open
from scanner.policies.statements import PolicyDocumentError, policy_from_text

INBOUND, OUTBOUND = "Inbound", "Outbound"
"""Directions of a statement: what is published to the topic, and what is delivered to a subscription."""

_DENY, _MASK, _AUDIT = "Deny", "Deidentify", "Audit"
_WORD = re.compile(r"[A-Za-z0-9_-]+")
"""A regular expression without operators: it finds itself."""

_KINDS = frozenset({"user", "role", "assumed-role"})

_NEEDED: Mapping[str, re.Pattern[str]] = {
    "AwsSecretKey": re.compile("secret|credential", re.IGNORECASE),
    "EmailAddress": re.compile("@"),
    "IpAddress": re.compile(r"\d\.\d+\.\d+\.\d|::|([0-9a-f]{1,4}:){7}", re.IGNORECASE),
    "OpenSshPrivateKey": re.compile(r"private[ _-]?key|-----", re.IGNORECASE),
    "PgpPrivateKey": re.compile(r"private[ _-]?key|-----", re.IGNORECASE),
    "PkcsPrivateKey": re.compile(r"private[ _-]?key|-----", re.IGNORECASE),
    "PuttyPrivateKey": re.compile(r"putty|private[ _-]?key", re.IGNORECASE),
}
"""Something without which a text holds none of an identifier: a part of its form, or its documented keywords."""


@dataclass(frozen=True, slots=True)
class Published:
    """A message as far as it is known, and ``texts``, in one of which is whatever it says.

    Besides them it says only what AWS itself makes of numbers and times. ``texts`` is None where they are not known.
    """

    message: Message
    texts: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a policy does to a message: ``certain`` or perhaps; ``why`` is the statement with what it looks for."""

    certain: bool
    why: str


@dataclass(frozen=True, slots=True)
class _Statement:
    name: str
    direction: str
    principals: tuple[str, ...]
    not_principal: bool
    identifiers: tuple[str, ...]
    operation: str


@dataclass(frozen=True, slots=True)
class DataProtection:
    """A data protection policy, read. ``regexes`` are its own identifiers by name."""

    statements: tuple[_Statement, ...]
    regexes: Mapping[str, str]

    def denial(self, direction: str, caller: str, published: Published) -> Finding | None:
        """The statement that refuses a message, the certain one first; None when there is none.

        ``caller`` is who publishes or subscribed: the ARN of an identity, the principal of a service, or "" for one
        that is not known.
        """
        return self._found(_DENY, direction, caller, published)

    def masking(self, caller: str, published: Published) -> Finding | None:
        """The statement that changes a message as it is published; None when there is none."""
        return self._found(_MASK, INBOUND, caller, published)

    def _found(self, operation: str, direction: str, caller: str, published: Published) -> Finding | None:
        found: list[Finding] = []
        for each in self.statements:
            if (each.operation, each.direction) != (operation, direction):
                continue
            concerned = _concerns(each, caller)
            for identifier in each.identifiers if concerned is not False else ():
                finds = self._finds(identifier, published)
                if finds is not False:
                    why = f"{each.name}, which looks for {identifier}"
                    found.append(Finding(finds is True and concerned is True, why))
        return next((each for each in found if each.certain), found[0] if found else None)

    def _finds(self, identifier: str, published: Published) -> Decided:
        regex = self.regexes.get(identifier)
        if regex is not None:
            plain = _WORD.fullmatch(regex) is not None
            return True if plain and any(regex in text for text in _certain(published.message)) else None
        needed = _NEEDED.get(identifier)
        if needed is None or published.texts is None:
            return None
        return None if any(map(needed.search, published.texts)) else False


def data_protection(policy: JsonValue) -> DataProtection:
    """A data protection policy given as object, as JSON text, or as None or "" where there is none.

    Raises PolicyDocumentError for one that is not as AWS documents it.
    """
    document = policy_from_text(policy) if isinstance(policy, str) and policy else policy
    if not document:
        return DataProtection((), {})
    if not isinstance(document, Mapping):
        raise _malformed("it is not an object")
    listed = document.get("Statement")
    if not isinstance(listed, list):
        raise _malformed("it has no list of statements")
    statements = tuple(_statement(raw, place) for place, raw in enumerate(listed, start=1))
    return DataProtection(statements, dict(_regexes(document.get("Configuration"))))


def _malformed(what: str) -> PolicyDocumentError:
    return PolicyDocumentError(f"The data protection policy cannot be read: {what}.")


def _statement(raw: Any, place: int) -> _Statement:
    operations = raw.get("Operation") if isinstance(raw, Mapping) else None
    if not isinstance(raw, Mapping) or not isinstance(operations, Mapping) or len(operations) != 1:
        raise _malformed("a statement does not have one operation")
    operation, direction = next(iter(operations)), raw.get("DataDirection")
    if operation not in {_DENY, _MASK, _AUDIT} or direction not in {INBOUND, OUTBOUND}:
        raise _malformed("a statement has an operation or a direction that is not known")
    principals, not_principal = _principals(raw)
    return _Statement(
        name=f"statement {raw.get('Sid') or f'number {place}'}",
        direction=str(direction),
        principals=principals,
        not_principal=not_principal,
        identifiers=tuple(each.rpartition("/")[2] for each in _texts(raw.get("DataIdentifier"))),
        operation=str(operation),
    )


def _principals(raw: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    given = [name for name in ("Principal", "NotPrincipal") if name in raw]
    if len(given) != 1:
        raise _malformed("a statement needs either Principal or NotPrincipal")
    value = raw[given[0]]
    listed = value.get("AWS") if isinstance(value, Mapping) and set(value) == {"AWS"} else value
    return _texts(listed), given[0] == "NotPrincipal"


def _texts(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(each, str) for each in listed):
        raise _malformed("an element holds something that is not text")
    return tuple(listed)


def _regexes(configuration: Any) -> Iterator[tuple[str, str]]:
    custom = configuration.get("CustomDataIdentifier", []) if isinstance(configuration, Mapping) else []
    if configuration is not None and not (isinstance(configuration, Mapping) and isinstance(custom, list)):
        raise _malformed("its configuration is not an object with a list of identifiers")
    for each in custom:
        if not isinstance(each, Mapping):
            raise _malformed("one of its own identifiers is not an object")
        yield _texts(each.get("Name"))[0], _texts(each.get("Regex"))[0]


def _concerns(statement: _Statement, caller: str) -> Decided:
    """Whether a statement is about a caller. Whether an account or a wildcard includes a service is not documented."""
    found = {_is(principal, caller) for principal in statement.principals}
    named = True if True in found else None if None in found else False
    return named if not statement.not_principal or named is None else not named


def _is(principal: str, caller: str) -> Decided:
    if principal == "*" or (principal == caller and caller):
        return True
    named, own = _kind(principal), _kind(caller)
    if not named or not caller:
        return None
    if not own:
        # A service is none of the users and roles of an account; any other caller may be one of them.
        return False if caller.endswith(".amazonaws.com") else None
    # A session of a role is not told from the role itself.
    return None if {named, own} == {"role", "assumed-role"} else False


def _kind(principal: str) -> str:
    """Whether a principal is one user, role or session of a role, by its ARN; "" for any other."""
    arn = parse_arn(principal)
    kind = arn.resource.partition("/")[0] if arn is not None and arn.service in {"iam", "sts"} else ""
    return kind if kind in _KINDS and not {"*", "?"} & set(principal) else ""


def _certain(message: Any) -> Iterator[str]:
    """The names and texts that a message certainly holds; a name without a value may not be there."""
    waiting: list[Any] = [message]
    while waiting:
        item = waiting.pop()
        if isinstance(item, OneOf):
            waiting += item.values if len(item.values) == 1 else ()
        elif isinstance(item, Mapping):
            waiting += (name for name, value in item.items() if value is not None and value is not Open.ANYTHING)
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, str):
            yield item
