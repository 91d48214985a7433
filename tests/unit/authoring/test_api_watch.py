"""What AWS changed is noticed: calls that nobody has decided about, and names that are gone."""

from dataclasses import replace

import pytest

from scanner.authoring import api_watch
from scanner.authoring.api_watch import Models, ToReview, to_review, told
from scanner.content.reviewed.equivalents import Call, Equivalents, Group, Harmless
from scanner.content.rules import load_rules
from scanner.model import Rule

LISTS = Equivalents(
    services={"cloudtrail": "cloudtrail", "sso-admin": "sso"},
    intents={"stop": "nothing is recorded any more"},
    groups=(
        Group("stop", "ends the logging", "", frozenset({Call("cloudtrail", "StopLogging")})),
        Group("stop", "ends it from the console", "", frozenset({Call("sso", "StartSSO")})),
    ),
    harmless=(Harmless("cloudtrail", "turns something on", ("StartLogging",)),),
    about={},
)
MODELS = Models(
    version="1.2.3",
    changing={"cloudtrail": frozenset({"StopLogging", "StartLogging"}), "sso-admin": frozenset()},
    sources={"StopLogging": frozenset({"cloudtrail"}), "StartLogging": frozenset({"cloudtrail"})},
)


def rule(name: str) -> Rule:
    return next(each for each in load_rules() if each.id == name)


def review(models: Models, *rules: Rule) -> ToReview:
    return to_review(models, LISTS, rules)


def test_there_is_nothing_to_say_of_what_is_as_it_was() -> None:
    found = review(MODELS)
    assert not found
    assert list(told(found, "1.2.3")) == [
        "Nothing to review: botocore 1.2.3 knows every name, and what changes something is listed."
    ]


def test_a_new_call_is_noticed_until_somebody_has_decided() -> None:
    changing = {**MODELS.changing, "cloudtrail": frozenset({"StopLogging", "StartLogging", "PauseLogging"})}
    found = review(replace(MODELS, changing=changing))
    assert found.new == {"cloudtrail": ("PauseLogging",)}
    assert list(told(found, "1.2.3")) == ["cloudtrail: decide about PauseLogging"]


def test_names_that_are_gone_are_noticed_with_their_places() -> None:
    changing = {**MODELS.changing, "cloudtrail": frozenset({"StopLogging"})}
    sources = {"StopLogging": frozenset({"trails"})}
    found = review(replace(MODELS, changing=changing, sources=sources))
    assert found.gone == (
        "cloudtrail: StartLogging (harmless_calls.yaml)",
        "cloudtrail: StopLogging (equivalents.yaml, stop)",
    )
    assert found.services == ("trails",)
    assert "no longer in botocore 1.2.3: cloudtrail: StopLogging (equivalents.yaml, stop)" in list(told(found, "1.2.3"))


def test_a_service_that_is_gone_is_noticed() -> None:
    found = review(replace(MODELS, changing={**MODELS.changing, "sso-admin": None}))
    assert found.gone == ("sso-admin: botocore has no such service (services of equivalents.yaml)",)


@pytest.mark.parametrize("name", ["route.cloudtrail-config-changes", "event.logging-stopped"])
def test_names_of_rules_and_published_patterns_are_compared(name: str) -> None:
    gone = {place for place in review(MODELS, rule(name)).gone if place.endswith(f"({name})")}
    assert gone
    assert not {place for place in gone if place.startswith(("StopLogging", "StartLogging"))}


def test_names_that_no_service_publishes_are_known_all_the_same() -> None:
    named = {place.partition(" ")[0] for place in review(MODELS, rule("event.identity-credential-changes")).gone}
    assert "CreateUser" in named
    assert not {"PasswordUpdated", "AssociateProfile", "ConsoleLogin"} & named


@pytest.mark.parametrize(("found", "code"), [(ToReview({}, (), ()), 0), (ToReview({}, ("x",), ()), 1)])
def test_the_exit_code_says_whether_there_is_something(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], found: ToReview, code: int
) -> None:
    monkeypatch.setattr(api_watch, "installed", lambda _: MODELS)
    monkeypatch.setattr(api_watch, "to_review", lambda *_: found)
    monkeypatch.setattr(api_watch, "load_rules", tuple)
    assert api_watch.main() == code
    assert capsys.readouterr().out.count("\n") == 1
