"""Letter case: Sigma compares texts whatever their case, a filter pattern as they are spelled.

Where AWS is known to write a value in one way only, that spelling says the same as any. Where it is not, a regular
expression such as ``[Rr]oot`` is needed.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache

from scanner.pattern.cloudtrail.api_names import api_names, is_known_name, known_sources
from scanner.pattern.matching.regex_search import searcher
from scanner.sigma.conditions.formula import Pieces, RegexTest, TextTest, Wild
from scanner.wording import shown

_BOOLEANS: Mapping[str, tuple[str, ...]] = {
    "true": ("true", "True", "TRUE"),
    "false": ("false", "False", "FALSE"),
}
"""The texts a boolean is written as where a service records it as text."""

_IDENTITIES = frozenset(
    {
        *("Root", "IAMUser", "AssumedRole", "Role", "FederatedUser", "Directory", "AWSAccount", "AWSService"),
        *("IdentityCenterUser", "SAMLUser", "WebIdentityUser", "Unknown"),
    }
)
_VALUES: Mapping[str, frozenset[str]] = {
    "userIdentity.type": _IDENTITIES,
    "userIdentity.sessionContext.sessionIssuer.type": _IDENTITIES | {"User"},
    "eventType": frozenset(
        {
            *("AwsApiCall", "AwsServiceEvent", "AwsConsoleAction", "AwsConsoleSignIn", "AwsVpceEvent", "AwsVpceEvents"),
            *("AwsCloudTrailInsight", "AwsAggregatedEvent"),
        }
    ),
    "eventCategory": frozenset({"Management", "Data", "NetworkActivity", "Insight", "Aggregated", "ActivityAuditLog"}),
    "responseElements.ConsoleLogin": frozenset({"Success", "Failure"}),
    "responseElements.CheckMfa": frozenset({"Success", "Failure"}),
    "responseElements.SwitchRole": frozenset({"Success", "Failure"}),
    "additionalEventData.MFAUsed": frozenset({"Yes", "No"}),
    "additionalEventData.MobileVersion": frozenset({"Yes", "No"}),
}
"""Fields of which every value is documented. Source: AWS, CloudTrail user guide, record contents and sign-in events."""

_SMALL = frozenset({"eventSource", "awsRegion"})
_CAPITAL = frozenset({"userIdentity.accessKeyId"})
_API_NAME = re.compile(r"[A-Z][A-Z0-9]*[a-z][A-Za-z0-9]*")
_SIGN_IN_NAMES = frozenset(
    {"ConsoleLogin", "CheckMfa", "SwitchRole", "ExitRole", "RenewRole", "GetSigninToken", "Logout"}
)


def boolean_word(test: TextTest) -> bool | None:
    """The boolean a text test names when it is exactly that word."""
    word = _literal(test) or ""
    return {"true": True, "false": False}.get(word if test.cased else word.lower())


def spellings(field: str, test: TextTest) -> tuple[Pieces, ...] | None:
    """Texts that, compared as spelled, match what ``test`` does among the values AWS writes; None when that is open."""
    pieces = test.pieces
    if test.cased or not any(isinstance(piece, str) and _has_letters(piece) for piece in pieces):
        return (pieces,)
    literal = _literal(test)
    if literal is not None and literal.lower() in _BOOLEANS:
        return tuple((word,) for word in _BOOLEANS[literal.lower()])
    if field in _CAPITAL:
        return (_in_case(pieces, str.upper),)
    if field in _SMALL:
        pieces = _in_case(pieces, str.lower)
    known = _known(field)
    if known is None:
        return None
    if literal is None:
        return (pieces,) if _says_the_same(field, pieces, known) else None
    return tuple((value,) for value in _spelled(field, literal)) or None


def _literal(test: TextTest) -> str | None:
    """The text of a test that has no wildcard; None for any other."""
    return test.pieces[0] if len(test.pieces) == 1 and isinstance(test.pieces[0], str) else None


def _says_the_same(field: str, pieces: Pieces, known: frozenset[str]) -> bool:
    """Whether a text with wildcards matches, as spelled, the known values of a field that it matches in any case."""
    found = {value for value in known if matches(pieces, value, cased=False)}
    sure = field in _SMALL or bool(found)
    return sure and all(matches(pieces, value, cased=True) for value in found)


def _spelled(field: str, literal: str) -> list[str]:
    """The ways in which AWS may write a text as the value of a field whose values are known."""
    same = set(_by_small(field).get(literal.lower(), ()))
    if field in _SMALL:
        same.add(literal.lower())
    if not same and field == "eventName" and _API_NAME.fullmatch(literal):
        same.add(literal)  # written as AWS writes names, so as a record has it, if any does
    return sorted(same)


def unknown_names(field: str, test: TextTest) -> tuple[str, ...]:
    """The event name a test asks for when no AWS service is known to have it."""
    literal = _literal(test)
    if field != "eventName" or literal is None or is_known_name(literal):
        return ()
    return () if literal.lower() in _by_small(field) else (literal,)


def never_written(field: str, test: TextTest | RegexTest) -> str:
    """What is known of a field when a test of it holds for none of its documented values; "" when it may hold.

    An event source is open to services that are not known, unless it has the form of theirs.
    """
    known = _VALUES.get(field)
    if isinstance(test, RegexTest):
        search = searcher("|".join(test.sources))
        holds = known is None or any(map(search, known))
        return "" if holds or known is None else _never(field, f"%{'|'.join(test.sources)}%", known)
    text = "".join(piece if isinstance(piece, str) else piece.value for piece in test.pieces)
    if field == "eventSource" and Wild.MANY not in test.pieces and Wild.ONE not in test.pieces:
        return "" if text.lower() in known_sources() else f"no AWS service is known with the event source {shown(text)}"
    if known is None or any(matches(test.pieces, value, cased=test.cased) for value in known):
        return ""
    return _never(field, shown(text), known)


def _never(field: str, text: str, known: frozenset[str]) -> str:
    return f"AWS documents no {field} that is {text}; there are {', '.join(sorted(known))}"


def matches(pieces: Pieces, value: str, *, cased: bool) -> bool:
    """Whether a text with wildcards is ``value``."""
    if not cased:
        pieces = tuple(piece.lower() if isinstance(piece, str) else piece for piece in pieces)
        value = value.lower()
    places = {0}
    for piece in pieces:
        if isinstance(piece, str):
            places = {place + len(piece) for place in places if value.startswith(piece, place)}
        elif piece is Wild.ONE:
            places = {place + 1 for place in places if place < len(value)}
        else:
            places = set(range(min(places), len(value) + 1)) if places else places
    return len(value) in places


def _in_case(pieces: Pieces, case: Callable[[str], str]) -> Pieces:
    return tuple(case(piece) if isinstance(piece, str) else piece for piece in pieces)


def _known(field: str) -> frozenset[str] | None:
    """The values of a field whose spelling is known; None for a field that may hold any text."""
    if field == "eventName":
        return _names()
    if field in _SMALL:
        return known_sources() if field == "eventSource" else frozenset()
    return _VALUES.get(field)


@cache
def _by_small(field: str) -> Mapping[str, tuple[str, ...]]:
    """The known values of a field by their small letters."""
    found: dict[str, tuple[str, ...]] = {}
    for value in sorted(_known(field) or ()):
        found[value.lower()] = (*found.get(value.lower(), ()), value)
    return found


def _has_letters(text: str) -> bool:
    return any(character.isascii() and character.isalpha() for character in text)


@cache
def _names() -> frozenset[str]:
    """Every event name AWS services are known to have."""
    return _SIGN_IN_NAMES | api_names()
