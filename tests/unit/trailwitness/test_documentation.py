"""Every example of docs/api.md runs and prints what the page says; the page names everything that is public."""

import doctest
from pathlib import Path

import trailwitness

PAGE = Path(__file__).parents[3] / "docs" / "api.md"


def test_examples(workplace: Path) -> None:
    assert (workplace / "snapshot").is_dir()
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert tried > 20
    assert failed == 0


def test_every_public_name_is_documented() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in [*trailwitness.__all__, *trailwitness.pattern.__all__]:
        assert name == "__version__" or name in text, name
