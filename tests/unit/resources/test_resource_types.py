import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.facts.rows import Row, view_of
from scanner.model import CallKey, Gap, GapKind
from scanner.resources import RESOURCES
from scanner.resources.page import resource_reference
from scanner.snapshot.answers import Snapshot

Make = Callable[..., Snapshot]
ROOT = Path(__file__).parents[3]
ACCOUNT = "111122223333"


def test_the_page_is_the_list() -> None:
    page = ROOT / "docs" / "resources.md"
    if os.environ.get("TRAILWITNESS_UPDATE_GOLDEN") == "1":
        page.write_text(resource_reference(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == resource_reference(), "make docs writes it anew"


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_descriptions(name: str) -> None:
    kind = RESOURCES[name]
    assert kind.name == name
    assert kind.title
    assert not kind.title.endswith(".")
    for name_of_field, field in kind.fields.items():
        assert field.meaning.endswith("."), name_of_field
        assert "\n" not in field.meaning, name_of_field


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_an_account_that_was_not_looked_at_has_gaps_and_no_verdicts(make_snapshot: Make, name: str) -> None:
    view = RESOURCES[name].view(make_snapshot(), ACCOUNT)
    assert view.gaps or all(row.gaps for row in view.rows)
    assert all(row.type == name for row in view.rows)


@pytest.mark.parametrize("answer", [{}, {"trailList": None}])
@pytest.mark.parametrize("regions", [(), ("us-east-1",)])
@pytest.mark.parametrize("name", sorted(set(RESOURCES) - {"organizations.organization"}))
def test_no_region_and_no_list_of_trails_is_no_empty_population(
    make_snapshot: Make, name: str, regions: tuple[str, ...], answer: dict[str, Any]
) -> None:
    listing = ("us-east-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, answer)
    view = RESOURCES[name].view(make_snapshot(listing, regions=regions), ACCOUNT)
    assert view.gaps or all(row.gaps for row in view.rows)
    assert view.gaps or view.rows


@pytest.mark.parametrize("regions", [(), ("us-east-1",)])
@pytest.mark.parametrize("name", sorted(name for name, kind in RESOURCES.items() if kind.one_per_account))
def test_an_account_has_one_row_or_a_gap(make_snapshot: Make, name: str, regions: tuple[str, ...]) -> None:
    nothing: dict[str, Any] = {"trailList": []}
    listing = ("us-east-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, nothing)
    view = RESOURCES[name].view(make_snapshot(listing, regions=regions), ACCOUNT)
    assert len(view.rows) == 1 or (not view.rows and view.gaps)


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_views_repeat_themselves(make_snapshot: Make, name: str) -> None:
    arguments = {"includeShadowTrails": True}
    listed: dict[str, Any] = {"trailList": [{"TrailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/t"}]}
    snapshot = make_snapshot(("us-east-1", "cloudtrail.DescribeTrails", arguments, listed))
    first = RESOURCES[name].view(snapshot, ACCOUNT)
    assert first == RESOURCES[name].view(snapshot, ACCOUNT)
    for row in first.rows:
        assert not set(row.data) & set(row.gaps)
        assert set(RESOURCES[name].fields) >= set(row.gaps)


def test_rows_are_ordered_and_gaps_are_told_once() -> None:
    rows = [Row("t", ACCOUNT, region, name, {}) for region, name in (("b", "1"), ("a", "2"), ("a", "1"))]
    gap = Gap(key=CallKey(ACCOUNT, "a", "s.Op", {"x": 1}), kind=GapKind.DENIED, reason="no")
    other = Gap(key=CallKey(ACCOUNT, "a", "s.Op", {"x": 2}), kind=GapKind.DENIED, reason="no")
    view = view_of(rows, [gap, other, gap])
    assert [(row.region, row.id) for row in view.rows] == [("a", "1"), ("a", "2"), ("b", "1")]
    assert view.gaps == (gap, other)
