"""Pairs of patterns made from the grammar, of all four sub-languages: decided without an error, and never wrongly."""

import json
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scanner.errors import PatternError
from scanner.pattern import (
    CoverageProof,
    JsonPattern,
    Pattern,
    SpacePattern,
    covering,
    covers,
    loses_parts_whole,
    matches,
    parse,
)
from scanner.pattern.cloudtrail.noise import benign_messages
from scanner.pattern.cloudtrail.recorded import FIELDS
from scanner.pattern.coverage.cloudtrail_domain import Domain
from scanner.pattern.coverage.search.components import Budget, components
from scanner.pattern.coverage.search.counterexample import Status, atoms_of, disjuncts, problem, search
from scanner.pattern.coverage.search.vectors import condition_of
from scanner.pattern.language.values.globs import Reading
from scanner.pattern.matching.values import MISSING

READINGS: tuple[Reading, ...] = ("wildcard", "literal")

laws = settings(max_examples=40, deadline=None)

SELECTORS = (
    *("$.eventName", "$.eventSource", "$.eventType", "$.readOnly", "$.errorCode", "$.errorMessage", "$.awsRegion"),
    *("$.userIdentity", "$.userIdentity.type", "$.userIdentity.arn"),
    *("$.userIdentity.invokedBy", "$.userIdentity.userName"),
    *("$.userIdentity.sessionContext.sessionIssuer", "$.userIdentity.sessionContext.sessionIssuer.arn"),
    *("$.responseElements", "$.responseElements.ConsoleLogin", "$.additionalEventData.MFAUsed", "$.recipientAccountId"),
    *("$.requestParameters.*", "$.requestParameters.ports[0].from", "$.resources[*].ARN", "$.resources[0]"),
    *("$.eventName[0]", "$.eventName.*", "$.userIdentity.type.x", "$.['event.name']", "$.*", "$.x", "$.x.y"),
)  # fmt: skip
VALUES = (
    *("DeleteTrail", "StopLogging", "ConsoleLogin", "CheckMfa"),
    *("CreateImage", "AttachClassicLinkVpc", "Delete*", "*Trail"),
    *("D*l", "*x*", "*", '""', "iam.amazonaws.com", "signin.amazonaws.com", "AwsApiCall", "AwsConsoleSignIn", "Root"),
    *("IAMUser", "AssumedRole", "AccessDenied*", "Failure", "Success", "Yes", '"Failed authentication"', '"*:root"'),
    *('"arn:aws:iam::111122223333:user/alice"', "111122223333", "1", "1.0", "-2", "1e3"),
    *("%Del.*%", "%^A[a-z]+%", "%:root$%"),
)  # fmt: skip
NUMBERS = ("0", "1", "1.5", "1e3", "-2")
WORDS = (
    "DeleteTrail",
    "Root",
    "eventName",
    "x",
    "-x",
    "-Root",
    "?Delete",
    "?x",
    '"eventSource"',
    '"a b"',
    '-"é"',
    '" "',
)
FIELD_VALUES = ("x", "1", "1.0", "*x*", "*Trail*", '"{*"', "*", "%x%", '"*eventName*"')

equalities = st.builds(
    "{} {} {}".format, st.sampled_from(SELECTORS), st.sampled_from(("=", "!=")), st.sampled_from(VALUES)
)
orders = st.builds(
    "{} {} {}".format, st.sampled_from(SELECTORS), st.sampled_from(("<", "<=", ">", ">=")), st.sampled_from(NUMBERS)
)
tests = st.builds(
    "{} {}".format, st.sampled_from(SELECTORS), st.sampled_from(("IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS"))
)
expressions = st.recursive(
    st.one_of(equalities, equalities, orders, tests),
    lambda inner: st.builds(
        lambda operator, parts: f"({operator.join(parts)})",
        st.sampled_from((" && ", " || ")),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=7,
)
conditions = st.builds("{} {}".format, st.sampled_from(("=", "!=")), st.sampled_from(FIELD_VALUES))


@st.composite
def space_texts(draw: st.DrawFn) -> str:
    fields = [
        f"{name} {condition}" if condition else name
        for name, condition in zip("abcd", draw(st.lists(st.none() | conditions, max_size=4)), strict=False)
    ]
    place = draw(st.none() | st.integers(0, len(fields)))
    if place is not None:
        fields.insert(place, "...")
    return f"[{', '.join(fields)}]"


json_texts = expressions.map("{{ {} }}".format)
term_texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
regex_texts = st.sampled_from(("%Delete%", "%^.%", "%x+%", "%eventName.{3}Del%"))
texts = st.one_of(json_texts, json_texts, json_texts, space_texts(), term_texts, regex_texts)


def parsed(text: str) -> Pattern:
    """The pattern, or another example where the grammar's limits (wildcards, regular expressions) are passed."""
    try:
        return parse(text)
    except PatternError:
        assume(False)
        raise


def spellings(pattern: Pattern, event: Any) -> list[str]:
    """The event as CloudTrail writes it, and as other writers do where the filter does not merely count words."""
    compact = json.dumps(event, separators=(",", ":"))
    if isinstance(pattern, SpacePattern) and all(field.condition is None for field in pattern.fields):
        return [compact]
    return [compact, json.dumps(event), json.dumps(event, sort_keys=True, ensure_ascii=False)]


def missed(answer: CoverageProof, required: Pattern, deployed: list[Pattern]) -> bool:
    """Whether the example is matched by the required pattern and by no deployed one, under some reading of ``*``."""
    witness = answer.witness
    for reading in READINGS:
        matched = [pattern for pattern in deployed if any(verdicts(pattern, witness, reading))]
        if all(verdicts(required, witness, reading)) and not matched:
            return True
    return False


def verdicts(pattern: Pattern, event: Any, reading: Reading) -> list[bool]:
    """Whether a pattern matches an event, in each of its spellings."""
    return [matches(pattern, text, midglob=reading) for text in spellings(pattern, event)]


def at(event: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        event = event.get(step, MISSING) if isinstance(event, dict) else MISSING
    return event


def known_to_the_model(required: Pattern) -> bool:
    """Whether the model knows an event for every part of the required pattern; others are decided over all objects."""
    if not isinstance(required, JsonPattern):
        return False
    given_problem = problem(required.expr, [], "wildcard")
    needs = disjuncts(given_problem.required)
    return all(search(given_problem, need, Domain()).status is Status.FOUND for need in needs)


SIGN_IN = {
    "eventName": "ConsoleLogin",
    "eventSource": "signin.amazonaws.com",
    "eventType": "AwsConsoleSignIn",
    "errorMessage": "Failed authentication",
    "responseElements": {"ConsoleLogin": "Failure"},
    "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "accessKeyId": "", "userName": "alice"},
    "recipientAccountId": "111122223333",
    "awsRegion": "us-east-1",
    "readOnly": False,
}
MESSAGES = (*benign_messages(), json.dumps(SIGN_IN, separators=(",", ":")))


@laws
@given(texts, st.lists(texts, min_size=1, max_size=3))
def test_every_pair_is_decided_and_every_example_is_checked(required_text: str, deployed_texts: list[str]) -> None:
    required, deployed = parsed(required_text), [parsed(text) for text in deployed_texts]
    for realistic in (False, True):
        answer = covers(required, deployed, realistic=realistic, explain=True)
        assert (answer.witness is not None) == (answer.verdict == "not_covered")
        if answer.witness is not None:
            assert missed(answer, required, deployed)
            assert len(answer.lost_words()) == len(answer.missed)
            if realistic and known_to_the_model(required):
                assert Domain().admits({path: at(answer.witness, path) for path in FIELDS})
        if isinstance(required, JsonPattern):
            proof = covering(required, deployed, realistic=realistic)
            assert proof == (answer if answer.verdict == "covered" else None)


@laws
@given(texts, st.lists(texts, min_size=1, max_size=2))
def test_no_everyday_record_contradicts_a_proof(required_text: str, deployed_texts: list[str]) -> None:
    required, deployed = parsed(required_text), [parsed(text) for text in deployed_texts]
    for realistic in (False, True):
        if covers(required, deployed, realistic=realistic).verdict == "covered":
            for message in MESSAGES:
                assert not matches(required, message) or any(matches(pattern, message) for pattern in deployed)


@laws
@given(texts, st.lists(texts, min_size=1, max_size=2))
def test_explaining_changes_nothing(required_text: str, deployed_texts: list[str]) -> None:
    required, deployed = parsed(required_text), [parsed(text) for text in deployed_texts]
    plain, told = (covers(required, deployed, realistic=True, explain=each) for each in (False, True))
    assert (plain.verdict, plain.missed, plain.witness) == (told.verdict, told.missed, told.witness)
    for each in told.losses:
        assert each.label in told.missed
        assert not (each.whole and each.where)
    if isinstance(required, JsonPattern) and loses_parts_whole(required, deployed):
        assert all(each.whole for each in told.losses)


@laws
@given(st.lists(json_texts, min_size=1, max_size=6), st.integers(0, 2000))
def test_the_work_on_nested_fields_is_bounded_by_the_budget(made: list[str], left: int) -> None:
    """Every combination counts, so that the work ends soon after the budget is used up, whatever the patterns."""
    atoms = [
        atom
        for text in made
        for pattern in (parsed(text),)
        if isinstance(pattern, JsonPattern)
        for atom in atoms_of(pattern.expr)
    ]
    budget = Budget(left)
    unique = {(atom.selector.steps, condition_of(atom)) for atom in atoms}
    found = components(
        [(1 << place, steps, condition) for place, (steps, condition) in enumerate(sorted(unique, key=repr))],
        "wildcard",
        budget,
    )
    assert sum(len(component.options) for component in found) >= 0
    steps = left - budget.left
    nodes = sum(len(atom.selector.steps) + 1 for atom in atoms)
    assert steps <= left + 30 * nodes * (nodes + 1)
