"""Laws of coverage: no event contradicts a proof, an event always proves, and more filters never cover less."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.pattern import (
    CoverageProof,
    Expr,
    JsonPattern,
    all_of,
    any_of,
    covers,
    matches,
    matches_nothing,
    matches_value,
    parse,
)
from scanner.pattern.cloudtrail.recorded import (
    EVENT_TYPE,
    FIELDS,
    IDENTITY_TYPE,
    INVOKED_BY,
    ISSUER,
    NAME,
    READ_ONLY,
    SOURCE,
    Path,
)
from scanner.pattern.coverage.cloudtrail_domain import Domain
from scanner.pattern.coverage.search.automata import classes, glob_automaton, regex_automaton
from scanner.pattern.coverage.search.components import components
from scanner.pattern.coverage.search.counterexample import Status, atoms_of, disjuncts, problem, search
from scanner.pattern.coverage.search.vectors import UNWITNESSED, condition_of
from scanner.pattern.language.values.globs import Reading, glob_pieces
from scanner.pattern.matching.regex_search import searcher
from scanner.pattern.matching.values import MISSING

READINGS: tuple[Reading, ...] = ("wildcard", "literal")

laws = settings(max_examples=30, deadline=None)

CONDITIONS = (
    *("= x", "!= x", "= 1", "!= 1", "= x*", "!= *y", "= *x*", "= %^x%", "!= %y$%", "= x*y", "> 0", "<= 1", "< 1.5"),
    *("IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS", '= "1"', '!= "1.0"', "= *"),
)
SCALARS = (None, True, False, "x", "xy", "y", "", "1", "1.0", "z", "xay", 0, 1, 2, -1, 1.0, 0.5, 1.25)
REAL = (
    *('$.eventName = "DeleteTrail"', '$.eventName = "Delete*"', '$.eventName != "StopLogging"', "$.eventName = *"),
    *('$.eventName = "ConsoleLogin"', '$.eventName = "CreatePolicy"', '$.eventName = "Foo"', '$.eventName = "Sign*"'),
    *('$.eventSource = "cloudtrail.amazonaws.com"', '$.eventSource != "iam.amazonaws.com"', "$.eventSource NOT EXISTS"),
    *("$.readOnly IS TRUE", "$.readOnly IS FALSE", '$.eventType = "AwsApiCall"', '$.eventType != "AwsServiceEvent"'),
    *('$.userIdentity.type = "Root"', '$.userIdentity.type != "AssumedRole"', "$.userIdentity.type NOT EXISTS"),
    *('$.userIdentity.sessionContext.sessionIssuer.userName != "x"', "$.userIdentity.invokedBy NOT EXISTS"),
    *('$.additionalEventData.MFAUsed != "Yes"', '$.additionalEventData.MFAUsed = "No"', "$.errorCode NOT EXISTS"),
    *('$.errorCode = "AccessDenied*"', '$.eventCategory = "Management"', '$.requestParameters.name = "x"'),
)


def condition(text: str) -> Expr:
    pattern = parse(f"{{ {text} }}")
    assert isinstance(pattern, JsonPattern)
    return pattern.expr


def over(*selectors: str) -> st.SearchStrategy[JsonPattern]:
    """Patterns over a few fields."""
    return patterns([condition(f"{selector} {each}") for selector in selectors for each in CONDITIONS])


def patterns(atoms: list[Expr]) -> st.SearchStrategy[JsonPattern]:
    trees = st.recursive(
        st.sampled_from(atoms),
        lambda inner: (
            st.lists(inner, min_size=2, max_size=3).map(all_of) | st.lists(inner, min_size=2, max_size=3).map(any_of)
        ),
        max_leaves=6,
    )
    return trees.map(JsonPattern)


plain = over("$.a", "$.b", "$.c.d")
tangled = over("$.a", "$.a.b", "$.a[0]", "$.a[1]", "$.a[*]", "$.a[*].b", "$.*")
real = patterns([condition(text) for text in REAL])
values = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abd"), inner, max_size=3),
    max_leaves=6,
)
events = st.lists(st.dictionaries(st.sampled_from("abc"), values, max_size=3), min_size=30, max_size=60)


def checked(required: JsonPattern, deployed: list[JsonPattern], *, realistic: bool = False) -> CoverageProof:
    """The answer, with its event matched again."""
    answer = covers(required, deployed, realistic=realistic)
    if answer.verdict == "not_covered":
        assert answer.missed
        message = json.dumps(answer.witness)
        assert matches(required, message)
        assert not any(matches(pattern, message) for pattern in deployed)
    else:
        assert answer.witness is None
        assert bool(answer.reason) == (answer.verdict == "undetermined")
    return answer


def contradicted(required: JsonPattern, deployed: list[JsonPattern], event: dict[str, Any]) -> bool:
    """Whether ``event`` shows, under either reading of ``*``, that ``required`` is not covered."""
    for reading in READINGS:
        matched = [pattern for pattern in deployed if matches_value(pattern, event, midglob=reading)]
        if matches_value(required, event, midglob=reading) and not matched:
            return True
    return False


@laws
@given(plain, st.lists(plain, max_size=3), st.data())
def test_no_event_contradicts_a_proof(required: JsonPattern, deployed: list[JsonPattern], data: st.DataObject) -> None:
    if checked(required, deployed).verdict == "covered":
        seen = data.draw(events)  # not before: to draw them takes most of the time
        assert not [event for event in seen if contradicted(required, deployed, event)]


@laws
@given(tangled, st.lists(tangled, max_size=2), st.data())
def test_no_event_contradicts_a_proof_over_nested_fields(
    required: JsonPattern, deployed: list[JsonPattern], data: st.DataObject
) -> None:
    if checked(required, deployed).verdict == "covered":
        seen = data.draw(events)  # not before: to draw them takes most of the time
        assert not [event for event in seen if contradicted(required, deployed, event)]


@laws
@given(st.one_of(plain, tangled))
def test_a_pattern_matches_nothing_when_nothing_covers_it(pattern: JsonPattern) -> None:
    verdict = covers(pattern, ()).verdict
    assert verdict == "undetermined" or matches_nothing(pattern) == (verdict == "covered")


@laws
@given(st.lists(st.one_of(plain, tangled), min_size=1, max_size=3), st.data())
def test_every_pattern_covers_itself_and_its_parts(deployed: list[JsonPattern], data: st.DataObject) -> None:
    required = data.draw(st.sampled_from(deployed))
    assert covers(required, deployed).verdict == "covered"
    narrower = JsonPattern(all_of([required.expr, data.draw(plain).expr]))
    assert checked(narrower, deployed).verdict != "not_covered"


@laws
@given(plain, plain, plain, st.data())
def test_coverage_is_transitive(one: JsonPattern, two: JsonPattern, three: JsonPattern, data: st.DataObject) -> None:
    # Of unrelated patterns one rarely covers another, so some are widened.
    if data.draw(st.booleans()):
        two = JsonPattern(any_of([two.expr, one.expr]))
    if data.draw(st.booleans()):
        three = JsonPattern(any_of([three.expr, two.expr]))
    if checked(one, [two]).verdict == checked(two, [three]).verdict == "covered":
        assert checked(one, [three]).verdict != "not_covered"


@laws
@given(plain, st.lists(plain, max_size=2), plain)
def test_another_filter_never_covers_less(
    required: JsonPattern, deployed: list[JsonPattern], other: JsonPattern
) -> None:
    before, after = checked(required, deployed), checked(required, [*deployed, other])
    if before.verdict == "covered":
        assert after.verdict == "covered"
    if after.verdict == "not_covered":
        assert before.verdict != "covered"


@laws
@given(plain, plain, plain)
def test_an_alternative_is_covered_when_its_parts_are(
    one: JsonPattern, two: JsonPattern, deployed: JsonPattern
) -> None:
    both = checked(JsonPattern(any_of([one.expr, two.expr])), [deployed]).verdict
    parts = {checked(one, [deployed]).verdict, checked(two, [deployed]).verdict}
    if both == "covered":
        assert parts <= {"covered", "undetermined"}
    if both == "not_covered":
        assert parts != {"covered"}


def put(event: dict[str, Any], path: Path, value: Any) -> None:
    if value is MISSING:
        return
    for step in path[:-1]:
        event = event.setdefault(step, {})
    event[path[-1]] = value


CHOICES: dict[Path, tuple[Any, ...]] = {
    NAME: (
        "DeleteTrail",
        "DeleteUser",
        "StopLogging",
        "ConsoleLogin",
        "CreatePolicy",
        "Foo",
        "Sign",
        "SignX",
        "DeleteX",
    ),
    EVENT_TYPE: ("AwsApiCall", "AwsConsoleSignIn", "AwsServiceEvent"),
    IDENTITY_TYPE: ("Root", "IAMUser", "AssumedRole", "AWSService", MISSING),
    SOURCE: (
        *("cloudtrail.amazonaws.com", "iam.amazonaws.com", "signin.amazonaws.com", "iot.amazonaws.com"),
        *("kms.amazonaws.com", "ec2.amazonaws.com"),
    ),
    READ_ONLY: (True, False),
    (*ISSUER, "userName"): ("x", "role", MISSING),
    INVOKED_BY: ("cloudformation.amazonaws.com", MISSING),
    ("additionalEventData", "MFAUsed"): ("Yes", "No", MISSING),
    ("errorCode",): ("AccessDenied", "AccessDeniedException", "Throttling", MISSING),
    ("eventCategory",): ("Management",),
    ("requestParameters", "name"): ("x", "y", 1, MISSING),
}
records = st.lists(
    st.fixed_dictionaries({path: st.sampled_from(choices) for path, choices in CHOICES.items()}),
    min_size=60,
    max_size=120,
)


@laws
@given(real, st.lists(real, max_size=3), st.data())
def test_no_delivered_record_contradicts_a_realistic_proof(
    required: JsonPattern, deployed: list[JsonPattern], data: st.DataObject
) -> None:
    answer = checked(required, deployed, realistic=True)
    if covers(required, deployed).verdict == "covered":
        assert answer.verdict == "covered"
    if answer.verdict != "covered":
        return
    for chosen in data.draw(records):
        if Domain().admits(chosen):
            event: dict[str, Any] = {}
            for path, value in chosen.items():
                put(event, path, value)
            assert not contradicted(required, deployed, event), answer.assumption


@laws
@given(real, st.lists(real, max_size=3))
def test_realistic_witnesses_are_records_cloudtrail_may_deliver(
    required: JsonPattern, deployed: list[JsonPattern]
) -> None:
    witness = checked(required, deployed, realistic=True).witness
    if witness is None:
        return

    def at(path: Path) -> Any:
        value: Any = witness
        for step in path:
            value = value.get(step, MISSING) if isinstance(value, dict) else MISSING
        return value

    # A required conjunction that the model calls impossible is decided logically.
    given_problem = problem(required.expr, [], "wildcard")
    possible = [
        search(given_problem, need, Domain()).status is Status.FOUND for need in disjuncts(given_problem.required)
    ]
    assert not all(possible) or Domain().admits({path: at(path) for path in FIELDS})


@laws
@given(st.one_of(plain, tangled), events)
def test_every_value_has_an_enumerated_vector(pattern: JsonPattern, seen: list[dict[str, Any]]) -> None:
    """The heart of completeness: what an event makes true in a component is among the component's vectors."""
    atoms = list(dict.fromkeys(atoms_of(pattern.expr)))
    found = components(
        [(1 << place, atom.selector.steps, condition_of(atom)) for place, atom in enumerate(atoms)], "wildcard"
    )
    assert sum(component.mask for component in found) == (1 << len(atoms)) - 1
    for event in seen:
        true = sum(matches_value(JsonPattern(atom), event) << place for place, atom in enumerate(atoms))
        for component in found:
            vectors = {option.vector for option in component.options}
            assert not component.complete or true & component.mask in vectors
    for component in found:
        for option in component.options:
            if option.value is not UNWITNESSED:
                shown: dict[str, Any] = {}
                if component.path:
                    put(shown, component.path, option.value)
                else:
                    shown = option.value
                true = sum(matches_value(JsonPattern(atom), shown) << place for place, atom in enumerate(atoms))
                assert true & component.mask == option.vector


regexes = st.lists(
    st.sampled_from(("a", "b", "^", "$", ".", "[^a]", "a?", "b*", "a{2}", "|", r"\d", "[ab]+")), min_size=1, max_size=5
).map("".join)
globs = st.text(alphabet="ab*", max_size=5)
texts = st.text(alphabet="ab1\né", max_size=6)


@laws
@given(regexes, globs, st.lists(texts, max_size=20))
def test_automata_agree_with_the_matcher(source: str, glob: str, seen: list[str]) -> None:
    search = searcher(source)
    automata = [regex_automaton(source), glob_automaton(glob_pieces(glob))]
    found = classes(automata, ["", "a"])
    assert found.complete
    assert not {"", "a"} & set(found.words.values())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scanner.pattern.coverage.search.automata.MOST_WALKS", 0)
        assert found == classes(automata, ["", "a"])
    for text in seen:
        vector = search(text) | automata[1].accepts(text) << 1
        assert automata[0].accepts(text) == search(text)
        assert text in {"", "a"} or vector in found.words
