"""Titles stand in every report before and after "passed": each says what is the case when its rule passes."""

import re

import pytest

from scanner.content.rules import load_rules
from scanner.model import LogEventsCheck, ResourceCheck, RouteCheck, Rule

RULES = load_rules()

# Something that happened, and what is only so when the rule fails.
_PAST = re.compile(r"\b(was|were|occurred|happened|did|had|been|went)\b", re.IGNORECASE)
_BAD_NEWS = re.compile(
    r"\b(fail(s|ed|ing|ure to)?|missing|lacks?|without .* exists?|should|must|ought|may)\b", re.IGNORECASE
)

# A sentence needs a verb in the present tense; a rule with another one adds it here.
_VERB = re.compile(
    r"\b(is|are|has|have|does|do|can|cannot|carry|carries|covers?|blocks?|denies|limits?|lets?|destroys?|keeps?|stays?|"
    r"reach(es)?|records?|rotates?|takes place|uses?|exists|belongs|delivers?|reviews?|retain|ingest|"
    r"silences|watches)\b"
)

# What must not be there is told by its absence, or by what is there only or always.
_ABSENCE = re.compile(r"^(No|Nothing|None|Every|Each)\b|\bnothing\b|\bonly$|^[A-Z][a-z ]+ are [A-Z]+$")
_PRESENCE = re.compile(r"^An? [a-z ]+ has ")
_LISTED = re.compile(r" are listed for review$")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_title_is_a_sentence_about_what_is_the_case(rule: Rule) -> None:
    title = rule.title
    assert not _PAST.search(title), title
    assert not _BAD_NEWS.search(title) or title.startswith(("No ", "Console authentication failures reach")), title
    assert _VERB.search(title), title
    assert title[0].isupper()
    assert title[-1] not in ".!?"


@pytest.mark.parametrize("rule", [rule for rule in RULES if isinstance(rule.check, LogEventsCheck)], ids=lambda r: r.id)
def test_an_event_rule_says_what_does_not_occur(rule: Rule) -> None:
    assert isinstance(rule.check, LogEventsCheck)
    expected = {"must_not": _ABSENCE, "list": _LISTED, "must": _PRESENCE}
    assert expected[rule.check.polarity].search(rule.title), rule.title


@pytest.mark.parametrize("rule", [rule for rule in RULES if isinstance(rule.check, RouteCheck)], ids=lambda r: r.id)
def test_a_route_says_that_events_arrive(rule: Rule) -> None:
    assert re.search(r"\breach(es)? ", rule.title), rule.title


@pytest.mark.parametrize("rule", [rule for rule in RULES if isinstance(rule.check, ResourceCheck)], ids=lambda r: r.id)
def test_a_pass_says_what_was_observed(rule: Rule) -> None:
    assert isinstance(rule.check, ResourceCheck)
    assert rule.check.passed
    assert rule.check.passed != rule.title


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_word_is_torn_by_the_end_of_a_line(rule: Rule) -> None:
    """A folded line that ends in a hyphen reads "get- event-selectors"."""
    for text in (rule.description, rule.rationale, rule.remediation):
        assert not re.search(r"\w- \w", text), text


def test_titles_are_told_apart() -> None:
    titles = [rule.title.casefold() for rule in RULES]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize(
    "title",
    [
        "Root user activity occurred",
        "A key was disabled or scheduled for deletion",
        "Stored logs were deleted, overwritten or exposed",
        "Known privilege-escalation sequences occurred",
        "Bursts of denied API calls",
    ],
)
def test_titles_that_would_be_untrue_are_noticed(title: str) -> None:
    assert _PAST.search(title) or not _VERB.search(title) or not _ABSENCE.search(title)


@pytest.mark.parametrize("rule", [rule for rule in RULES if isinstance(rule.check, ResourceCheck)], ids=lambda r: r.id)
def test_a_rule_that_selects_says_what_there_is_none_of(rule: Rule) -> None:
    assert isinstance(rule.check, ResourceCheck)
    assert bool(rule.check.where) is bool(rule.check.where_none)
    assert not re.search(r"[`=&|$]", rule.check.where_none)
