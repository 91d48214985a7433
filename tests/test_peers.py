"""Rules beside the checks of other tools: the page is made of docs/peers.yaml, which names every shipped rule once."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from scanner.content.rules import area_of, load_rules
from scanner.model import Rule

DOCS = Path(__file__).parents[1] / "docs"
DATA = DOCS / "peers.yaml"
PAGE = DOCS / "peers.md"
RULES: dict[str, Rule] = {rule.id: rule for rule in load_rules()}
COLUMNS = ("prowler", "steampipe", "security-hub", "config", "others")

HEAD = """\
# Rules beside the checks of other tools

Who knows another tool finds here which rule asks for the same or nearly the same as one of its checks, and what
differs. `make docs` writes this page from [peers.yaml](peers.yaml), and a test compares the two. A statement about a
tool is about the version named here, as its source or its documentation shows it; later versions may do otherwise. A
correction is welcome.
"""
NONE = """\
## Without a counterpart

For these rules no check is known that asks for the same, in the versions above.
"""


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return found


def test_the_data_keeps_to_its_schema(data: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(json.loads((DOCS / "peers.schema.json").read_text(encoding="utf-8"))).validate(data)


def test_every_shipped_rule_is_named_once_and_no_other(data: dict[str, Any]) -> None:
    named = [*data["rules"], *data["none"]]
    assert sorted(named) == sorted(RULES), "add the rule to docs/peers.yaml, with its counterparts or under none"
    assert [*data["rules"]] == sorted(data["rules"])
    assert data["none"] == sorted(data["none"])


def test_what_differs_is_said_of_each_rule(data: dict[str, Any]) -> None:
    areas = data["areas"]
    assert [
        rule for rule, peers in data["rules"].items() if "differs" not in peers and area_of(rule) not in areas
    ] == []


def test_the_page_is_made_of_the_data(data: dict[str, Any]) -> None:
    page = "\n".join(parts(data))
    if os.environ.get("TRAILWITNESS_UPDATE_GOLDEN"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page


def parts(data: Mapping[str, Any]) -> Iterator[str]:
    yield HEAD
    yield "| tool | version |\n|---|---|"
    for tool in data["seen"].values():
        name = f"[{tool['name']}]({tool['page']})" if "page" in tool else tool["name"]
        yield f"| {name} | {tool['version']} |"
    yield ""
    for area, names in groupby(data["rules"], key=area_of):
        yield from section(data, area, list(names))
    yield NONE
    for area, names in groupby(data["none"], key=area_of):
        yield f"- {area}: {', '.join(map(link, names))}"
    yield ""


def section(data: Mapping[str, Any], area: str, names: Sequence[str]) -> Iterator[str]:
    """The table of one area, without the columns of tools that have nothing in it."""
    used = {column for name in names for column in data["rules"][name]}
    columns = [column for column in COLUMNS if column in used]
    headings = [data["seen"][column]["name"] for column in columns]
    yield f"## {area}\n"
    if area in data["areas"]:
        yield f"{data['areas'][area].strip()}\n"
    yield f"| rule | {' | '.join(headings)} | what differs |"
    yield f"|{'---|' * (len(columns) + 2)}"
    for name in names:
        peers = data["rules"][name]
        cells = [cell(peers.get(column, ())) for column in columns]
        yield f"| {link(name)} | {' | '.join(cells)} | {peers.get('differs', 'as above').strip()} |"
    yield ""


def cell(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def link(name: str) -> str:
    return f"[{name}](../rules/{RULES[name].path})" if name in RULES else name
