"""The reference of reports, columns, fields and parameters is made of the code and the rules, and so are the counts.

Nothing of it is written by hand but the sentences between the tables.
"""

import json
import os
import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from reports.bundle import index
from reports.finding_rows import COLUMNS
from reports.formats import FORMATS, Format
from reports.formats.xlsx.sheets import SHEETS
from scanner.content.frameworks import REPORTED, load_frameworks, mapped_rules
from scanner.content.rules import area_of, load_rules
from scanner.model import Coverage, Framework, JsonValue, Over, Parameter, Rule
from scanner.schemas import schema_text
from tests.frameworks_page import frameworks_page
from tests.markdown import code, table

PAGE = Path(__file__).parents[1] / "docs" / "reference.md"
README = PAGE.parents[1] / "README.md"
COUNTS = re.compile(r"(?:COUNTS|\d+ rules: .*)\n(?:\n\| framework .*\n(?:\|.*\n)+)?(?:\nOthers .*\n)?")
SECTIONS = ("run", "summary", "finding", "control", "gap", "rule", "evidence", "waiver", "attestation", "baseline")
OTHERS = ("diff", "sample", "baseline")
CHECKS = ("resource_check", "route_check", "log_events_check", "period_check")

HEAD = """\
# Reference

Reports, their columns and fields, and the parameters of rules. `make docs` writes this page from the code and the
rules, and a test compares the two. What a report is for and how to choose one: [reports.md](reports.md).

- [Reports](#reports)
- [Columns of the findings](#columns-of-the-findings)
- [Sheets of the workbook](#sheets-of-the-workbook)
- [Columns of the index of a bundle](#columns-of-the-index-of-a-bundle)
- [Fields of the assessment](#fields-of-the-assessment)
- [Fields of other documents](#fields-of-other-documents)
- [Parameters of rules](#parameters-of-rules)

## Reports

What `--output` takes. *Valid by* is the standard or schema that a report keeps to. *Sealed* is its file in an evidence
bundle. A report that *knows the gate* marks what stops a gate under `--fail-on`, the `--allow-…` options, waivers and
the baseline; the others are the same whatever the gate is. An *extra* is installed with the package, as in `pip
install 'trailwitness[xlsx]'`.
"""

FINDINGS = """\
## Columns of the findings

`--output csv` has them, and so has the sheet *Findings* of `--output xlsx`. Values of a list are joined by `; `. New
columns come at the end. In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe, and
control characters are spelled out; the JSON report holds every value unaltered.
"""

WORKBOOK = """\
## Sheets of the workbook

The workbook is that of `--output xlsx`. Its sheet *Findings* has the columns above. A sheet or a cell that Excel could
not hold whole says so at its end.
"""

INDEX = """\
## Columns of the index of a bundle

`data/index.csv` has them; in `data/index.json` they are members of each entry, with lists and objects as JSON.
"""

FIELDS = """\
## Fields of the assessment

`--output json` writes an assessment, `trailwitness/assessment/v1`, and a bundle holds it as `data/assessment.json`.
`trailwitness rules schema assessment` prints its JSON Schema. In the path of a field `[]` is each entry of a
list, and `{}` each member of an object whose names are data. A field is always there unless it says *May be left out*.
"""

OTHER = """\
## Fields of other documents

What `rules list`, `frameworks list`, `frameworks show`, `rules lint` and `verify` print as JSON: [json.md](json.md).
"""

PARAMETERS = """\
## Parameters of rules

Set with `--parameter RULE.NAME=VALUE`, or `parameter` in the [configuration file](configuration.md); a list is written
with commas. A value of another type or beyond the bounds is an error. What was in force, and where it came from, is in
`run.parameters` of the assessment and in `data/parameters.json` of a bundle. `trailwitness rules show RULE` shows
those of one rule.
"""


def format_row(name: str, each: Format) -> tuple[str, ...]:
    over = [command for command, what in (("scan", Over.FACTS), ("logs", Over.RECORDS)) if what in each.over]
    sealed = f"`data/{each.sealed_as}`" if each.sealed_as else ""
    kind = "folder" if each.write_parts else ("binary file" if each.binary else "text file")
    extra = f"`{each.extra}`" if each.extra else ""
    gate = "yes" if each.write_gated else ""
    return f"`{name}`", each.contents, kind, each.standard, ", ".join(over), sealed, gate, extra


def outputs() -> str:
    rows = (format_row(name, each) for name, each in FORMATS.items())
    return table("format | what it is | written as | valid by | commands | sealed | knows the gate | extra", rows)


def columns(meanings: Mapping[str, str]) -> str:
    return table("column | what it holds", ((f"`{name}`", meaning) for name, meaning in meanings.items()))


def sheets() -> Iterator[str]:
    for name, of_sheet in SHEETS.items():
        if name != "Findings":
            yield f"### The sheet {name}\n\n"
            yield columns({each.name: each.meaning for each in of_sheet}) + "\n"


class Fields:
    """The members of one definition of the schema, each with its path, its type and what it means."""

    def __init__(self, schema: Mapping[str, Any], sections: Collection[str] = ()) -> None:
        """``sections`` are definitions that have tables of their own."""
        self._definitions: Mapping[str, Any] = schema.get("$defs", {})
        self._sections = sections

    def rows(self, node: Mapping[str, Any], path: str = "", *, optional: bool = False) -> Iterator[tuple[str, ...]]:
        whole = self._whole(node)
        if path and not (path.endswith(("[]", "{}")) and "properties" in whole):
            remark = " *May be left out.*" if optional else ""
            yield f"`{path}`", self._type(node), f"{whole.get('description', '')}{remark}".strip()
        if self._section(node) and path:
            return  # has a table of its own
        required = whole.get("required", ())
        for name, member in whole.get("properties", {}).items():
            inner = f"{path}.{name}" if path else name
            yield from self.rows(member, inner, optional=name not in required)
        more = whole.get("additionalProperties")
        if isinstance(more, Mapping) and more.keys() & {"properties", "additionalProperties"}:
            yield from self.rows(more, f"{path}.{{}}")
        entries = self._whole(whole.get("items", {}))
        for one in entries.get("oneOf", (entries,)):
            if "properties" in one and not self._section(whole["items"]):
                yield from self.rows(one, f"{path}[]")

    def definition(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._definitions[name]
        return found

    def _whole(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """A node with what it refers to; its own description counts before that one's."""
        referred = node.get("$ref", "").rpartition("/")[2]
        return {**self._definitions[referred], **node} if referred else node

    def _section(self, node: Mapping[str, Any]) -> str:
        name = node.get("$ref", "").rpartition("/")[2]
        return name if name in self._sections else ""

    def _type(self, node: Mapping[str, Any]) -> str:
        if section := self._section(node):
            return f"[{section}](#{section})"
        whole = self._whole(node)
        if "const" in whole:
            return code(whole["const"])
        if "enum" in whole:
            return ", ".join(map(code, whole["enum"]))
        if "oneOf" in whole:
            return " or ".join(map(self._type, whole["oneOf"]))
        kinds = whole.get("type", "anything")
        if kinds == "array":
            return f"list of {self._type(whole['items'])}"
        return kinds if isinstance(kinds, str) else " or ".join(kinds)


def fields() -> Iterator[str]:
    schema = json.loads(schema_text("assessment"))
    known = Fields(schema, {*SECTIONS, *CHECKS})
    yield "### At the top\n\n"
    yield table("field | type | meaning", known.rows(schema)) + "\n"
    for name in (*SECTIONS, *CHECKS):
        definition = known.definition(name)
        yield f"### {name}\n\n{definition['description']}\n\n"
        yield table("field | type | meaning", known.rows(definition)) + "\n"


def other_documents() -> Iterator[str]:
    for name in OTHERS:
        schema = json.loads(schema_text(name))
        yield f"### {schema['title']}\n\n{schema['description']}\n"
        yield f"`trailwitness rules schema {name}` prints its schema.\n\n"
        yield table("field | type | meaning", Fields(schema).rows(schema)) + "\n"


def bounds(parameter: Parameter) -> str:
    if parameter.choices:
        return ", ".join(map(code, parameter.choices))
    if parameter.minimum is not None and parameter.maximum is not None:
        return f"{parameter.minimum} to {parameter.maximum}"
    return "" if parameter.minimum is None else f"{parameter.minimum} or more"


def default(parameter: Parameter) -> str:
    value = parameter.default
    if isinstance(value, list | tuple):
        return ", ".join(map(code, value)) or "none"
    return code(value)


def parameters(rules: Iterable[Rule]) -> str:
    found: dict[tuple[str, ...], list[str]] = {}
    for rule in rules:
        for each in rule.parameters:
            told = (f"`{each.name}`", each.type, default(each), bounds(each), each.description)
            found.setdefault(told, []).append(f"`{rule.id}`")
    rows = ((name, ", ".join(ids), *rest) for (name, *rest), ids in sorted(found.items()))
    return table("parameter | rules | type | default | bounds | meaning", rows)


def page() -> str:
    return "\n".join(
        [
            HEAD,
            outputs(),
            FINDINGS,
            columns(COLUMNS),
            WORKBOOK,
            "".join(sheets()).rstrip("\n") + "\n",
            INDEX,
            columns(index.COLUMNS),
            FIELDS,
            "".join(fields()).rstrip("\n") + "\n",
            OTHER,
            "".join(other_documents()).rstrip("\n") + "\n",
            PARAMETERS,
            parameters(load_rules()),
        ]
    )


def test_the_page_is_what_the_code_and_the_rules_say() -> None:
    made = page()
    if os.environ.get("TRAILWITNESS_UPDATE_GOLDEN") == "1":
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made, "make docs writes it anew; review the difference"


def test_nothing_is_left_out() -> None:
    made = page()
    for rule in load_rules():
        for each in rule.parameters:
            (line,) = (row for row in made.splitlines() if f"| `{each.name}` |" in row and f"`{rule.id}`" in row)
            assert each.description in line.replace("\\|", "|")
    shown = made.replace("\\|", "|")
    for name in ("assessment", *OTHERS):
        descriptions = set(_described(json.loads(schema_text(name))))
        assert len(descriptions) > 5
        assert {each for each in descriptions if each not in shown} == set()
    assert not re.findall(r"^\| `[^|]+` \| [^|]+ \|  \|$", made, re.MULTILINE), "say what each field means"


def _described(node: JsonValue) -> Iterator[str]:
    """What the schema says of its members."""
    if isinstance(node, list):
        for each in node:
            yield from _described(each)
    elif isinstance(node, dict):
        members = node.get("properties")
        for member in members.values() if isinstance(members, dict) else ():
            yield str(member.get("description", "")) if isinstance(member, dict) else ""
        for each in node.values():
            yield from _described(each)


def test_each_link_in_the_page_has_one_place_to_lead_to() -> None:
    made = page()
    headings = re.findall(r"^#+ (.*)$", made, re.MULTILINE)
    anchors = Counter(heading.lower().replace(" ", "-") for heading in headings)
    assert {anchors[target] for target in re.findall(r"\]\(#([^)]+)\)", made)} == {1}
    assert max(anchors.values()) == 1


def test_extras_are_those_of_the_package() -> None:
    project = tomllib.loads((PAGE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for each in FORMATS.values():
        assert bool(each.extra) == (each.check is not None)
        assert each.extra in {"", *project["optional-dependencies"]}


def counts() -> str:
    """What the README says of how much there is: the rules, and how far they decide the controls of each framework."""
    rules = load_rules()
    over = Counter(rule.check.over for rule in rules)
    asked = sum(rule.pack != "core" for rule in rules)
    sentence = (
        f"{len(rules)} rules: {over[Over.FACTS]} judge the configuration of an account, {over[Over.RECORDS]} the "
        f"records of its logs and {over[Over.PERIOD]} the evidence of a period. {asked} of them are judged only when "
        "they are asked for (`--pack extended`)."
    )
    lines = [
        f"{sentence}\n\n",
        "| framework | | controls | decided by rules | in part | supported by evidence | for a person |\n",
        "|---|---|---|---|---|---|---|\n",
    ]
    frameworks = load_frameworks(None, {rule.id for rule in rules})
    for each in (framework for framework in frameworks if framework.id in REPORTED):
        coverage = Counter(control.coverage for control in each.controls)
        cells = "".join(f" {coverage[how]} |" for how in Coverage)
        lines.append(f"| `{each.id}` | {each.title} | {len(each.controls)} |{cells}\n")
    others = named(framework for framework in frameworks if framework.id not in REPORTED)
    lines.append(f"\nOthers are reported when they are named: {others} ([docs/frameworks.md](docs/frameworks.md)).\n")
    return "".join(lines)


def test_the_table_of_counts_in_the_readme_is_counted() -> None:
    text = README.read_text(encoding="utf-8")
    shown = COUNTS.search(text)
    assert shown is not None
    if os.environ.get("TRAILWITNESS_UPDATE_GOLDEN") == "1":
        README.write_text(text.replace(shown[0], counts()), encoding="utf-8")
        return
    assert shown[0] == counts(), "make docs writes it anew; review the difference"


INDEX_HEAD = """\
# Rules

Every shipped rule by area: what it says when it passes, how grave a failure is, whether it is judged by default (core)
or only when asked for (extended: by `--pack extended`, by its id, or by a framework that names it), and the frameworks
that ask for it. `make docs` writes this page from the rules and the frameworks, and a test compares the two. How to
write a rule: [docs/writing-rules.md](../docs/writing-rules.md).
"""


def rule_index() -> str:
    """The page that lists every rule."""
    rules = load_rules()
    asking: dict[str, list[Framework]] = {}
    for framework in load_frameworks(None, {rule.id for rule in rules}):
        for rule_id in sorted(mapped_rules([framework])):
            asking.setdefault(rule_id, []).append(framework)
    lines = [INDEX_HEAD]
    for area, found in groupby(rules, lambda rule: area_of(rule.id)):
        lines.append(f"\n## {area}\n\n| rule | title | severity | pack | frameworks |\n|---|---|---|---|---|\n")
        for rule in found:
            file = f"[{rule.id}]({rule.path})"
            title = rule.title.replace("|", "\\|")
            asked = named(asking.get(rule.id, ()))
            lines.append(f"| {file} | {title} | {rule.severity} | {rule.pack} | {asked} |\n")
    return "".join(lines)


def named(frameworks: Iterable[Framework]) -> str:
    """Frameworks by their ids; the versions of one are told together."""
    families = groupby(frameworks, lambda each: each.id.removesuffix(f"-{each.version}"))
    told: list[str] = []
    for family, found in families:
        first, *others = found
        versions = ", ".join(each.version for each in (first, *others))
        told.append(f"`{family}` {versions}" if others else f"`{first.id}`")
    return ", ".join(told)


def test_the_table_of_rules_lists_all_of_them() -> None:
    page = PAGE.parents[1] / "rules" / "README.md"
    if os.environ.get("TRAILWITNESS_UPDATE_GOLDEN") == "1":
        page.write_text(rule_index(), encoding="utf-8")
        return
    assert page.read_text(encoding="utf-8") == rule_index(), "make docs writes it anew; review the difference"


def test_the_page_is_what_the_frameworks_say() -> None:
    page = PAGE.with_name("frameworks.md")
    if os.environ.get("TRAILWITNESS_UPDATE_GOLDEN") == "1":
        page.write_text(frameworks_page(), encoding="utf-8")
        return
    assert page.read_text(encoding="utf-8") == frameworks_page(), "make docs writes it anew; review the difference"
