"""The versions of a benchmark that a route rule names, and the parameter that chooses among them."""

from pathlib import Path

import pytest

from scanner.content.rules import read_rule
from scanner.content.shipped import shipped
from scanner.errors import ContentError
from scanner.model import RouteCheck

TEXT = (shipped("rules") / "route" / "security-group-changes.yaml").read_text(encoding="utf-8")


def read(folder: Path, text: str) -> RouteCheck:
    path = folder / "security-group-changes.yaml"
    path.write_text(text, encoding="utf-8")
    check = read_rule(path, folder).check
    assert isinstance(check, RouteCheck)
    return check


def test_what_is_read(tmp_path: Path) -> None:
    first, second = read(tmp_path, TEXT).published
    assert (first.versions[-1], second.versions) == ("cis-4.0.1", ("cis-5.0", "cis-6.0", "cis-7.0"))
    assert second.events is None
    assert first.events is not None
    assert "ModifySecurityGroupRules" not in first.events


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[cis-5.0, cis-6.0, cis-7.0]", "[cis-4.0.1, cis-6.0, cis-7.0]", "a version is named twice"),
        ("choices: [all, cis-1.2, ", "choices: [all, ", "must choose among all, cis-1.2, cis-1.4"),
        ("default: all", "default: cis-1.2", "must choose among all, cis-1.2, cis-1.4"),
        ("  events_of:\n", "  events_from:\n", "and a parameter `events_of` go together"),
        ("patterns:\n      - |\n        { (", "patterns:\n      - |\n        { (((", "Invalid metric filter pattern"),
        ("    events: |\n      { (", "    events: |\n      { (((", "Invalid metric filter pattern"),
        ("versions: [cis-5.0, ", "versions: [CIS, ", "must be small letters, digits, dots and hyphens"),
    ],
)
def test_mistakes(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in TEXT
    with pytest.raises(ContentError) as caught:
        read(tmp_path, TEXT.replace(old, new, 1))
    assert any(expected in problem for problem in caught.value.problems), caught.value.problems
