"""Fields that rest on a place that is not known are gaps; the others of the row are not."""

from typing import Any

from scanner.facts.facts import Facts, checked
from scanner.model import CallKey
from scanner.snapshot.answers import Answer, Pages
from scanner.snapshot.partly import PartlyKnown, UnknownPlace

KEY = CallKey("111122223333", "us-east-1", "sns.GetTopicAttributes")
GAP = UnknownPlace("/pages/0/Attributes", "a plan").gap(KEY)
PAGE: dict[str, Any] = PartlyKnown({"Known": {}}, {"Attributes": GAP})


def test_a_field_that_reads_what_is_not_known_is_that_gap() -> None:
    facts = Facts({"Name": "alerts"})

    def put() -> None:
        facts.data["First"] = 1
        facts.data["Second"] = PAGE["Attributes"]

    facts.attempt(("First", "Second"), put)
    assert (facts.data, facts.gaps) == ({"Name": "alerts"}, {"First": GAP, "Second": GAP})


def test_a_field_that_reads_something_else_is_put_in() -> None:
    facts = Facts({})
    facts.attempt(("Known",), lambda: facts.data.update(Known=PAGE["Known"]))
    assert (facts.data, facts.gaps) == ({"Known": {}}, {})


def test_a_member_that_is_not_known_is_not_missing() -> None:
    answer = Answer(KEY, Pages((PAGE,)))
    assert checked(answer, "Attributes", dict).gap == GAP
    assert checked(answer, "Known", dict) is answer
