"""The pictures that the documentation shows: they are there, small, and of the size that their names say."""

import re
import struct
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PICTURES = ROOT / "docs" / "images"
MOST = 200_000
WIDTHS = {"report-320.png": 320, "report-1280.png": 1280, "report-dark.png": 1280}
SHOWN = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")


def test_each_is_shown_and_described() -> None:
    shown = set()
    for page in PAGES:
        for described, target in SHOWN.findall(page.read_text(encoding="utf-8")):
            assert len(described) > 10, f"{page.name}: say what {target} shows"
            shown.add((page.parent / target).resolve())
    assert shown == set(PICTURES.iterdir())
    assert len(shown) >= 5


def test_each_is_small_and_as_wide_as_it_says() -> None:
    widths = {}
    for path in PICTURES.iterdir():
        content = path.read_bytes()
        assert len(content) < MOST, f"{path.name} has {len(content)} bytes"
        if path.suffix == ".svg":
            assert content.startswith(b"<svg ")
            continue
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        widths[path.name] = struct.unpack(">I", content[16:20])[0]
    assert widths.items() >= WIDTHS.items()
