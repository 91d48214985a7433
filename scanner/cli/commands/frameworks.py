"""`trailwitness frameworks`: the auditor's pages, listed and shown."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options import completing
from scanner.cli.options.content import rules_folder_option
from scanner.cli.options.once import json_option, once
from scanner.cli.terminal.printing import tell, tell_json, wrapped
from scanner.cli.terminal.tables import tell_table
from scanner.errors import UsageError
from scanner.model import Control, Framework, JsonValue, Outcome
from scanner.wording import several

if TYPE_CHECKING:
    from scanner.model import Assessment
    from scanner.runs.assessments.versions import Difference, Pair, Versions

FRAMEWORKS_SCHEMA = "trailwitness/frameworks/v1"
FRAMEWORK_SCHEMA = "trailwitness/framework/v1"
COMPARISON_SCHEMA = "trailwitness/framework-comparison/v1"
COVERAGE_SCHEMA = "trailwitness/framework-coverage/v1"


_own_rules = rules_folder_option(
    "Also know the rules of this folder, which a framework of your own may name (repeatable)."
)


@click.group()
def frameworks() -> None:
    """List the shipped frameworks and show their controls."""


@frameworks.command("list", short_help="List the shipped frameworks.")
@json_option
def list_command(as_json: bool) -> int:
    """List the shipped frameworks with how far their controls are decided."""
    from collections import Counter

    from scanner.content.frameworks import load_frameworks
    from scanner.content.rules import load_rules
    from scanner.model import Coverage

    listed: list[JsonValue] = []
    rows: list[tuple[str, str]] = []
    for framework in load_frameworks(None, {rule.id for rule in load_rules()}):
        counts = Counter(control.coverage for control in framework.controls)
        shares = ", ".join(f"{counts[coverage]} {coverage}" for coverage in Coverage if counts[coverage])
        rows.append((framework.id, f"{framework.title} ({len(framework.controls)} controls: {shares})"))
        coverage_counts: dict[str, JsonValue] = {coverage: counts[coverage] for coverage in Coverage}
        listed.append({**_head(framework), "controls": len(framework.controls), "coverage": coverage_counts})
    if as_json:
        tell_json({"schema": FRAMEWORKS_SCHEMA, "frameworks": listed})
    else:
        tell_table(("framework", "title"), rows)
    return Exit.CLEAN


@frameworks.command("show", short_help="Show the controls of a framework and their rules.")
@click.argument("wanted", metavar="ID|FILE", shell_complete=completing.frameworks)
@_own_rules
@json_option
def show_command(wanted: str, folders: tuple[Path, ...], as_json: bool) -> int:
    """Show every control of a framework: its coverage, what is and is not decided, and its rules.

    FILE is a framework of your own; every mistake in it is told.
    """
    from scanner.content.given import given_text

    framework = _loaded(wanted, folders)
    if as_json:
        shown: list[JsonValue] = [_control(control) for control in framework.controls]
        tell_json({"schema": FRAMEWORK_SCHEMA, **_head(framework), "controls": shown})
        return Exit.CLEAN
    for line in (f"{framework.id}: {framework.title} {framework.version}", f"source: {framework.source}"):
        tell("\n".join(wrapped(line, further="    ")))
    tell("\n".join(["", *wrapped(framework.notes)]))
    for control in framework.controls:
        tell("\n".join(["", *wrapped(f"{control.id}  {control.title}  [{control.coverage}]", further="    ")]))
        tell("\n".join(wrapped(control.notes.strip(), "    ", "    ")))
        given = {item.rule: f" with {given_text(item)}" for item in control.given}
        for rule in control.rules:
            tell(f"    - {rule}{given.get(rule, '')}")
        for rule in control.log_rules:
            tell(f"    - {rule}{given.get(rule, '')} (log records)")
        for rule in control.period_rules:
            tell(f"    - {rule}{given.get(rule, '')} (period)")
    return Exit.CLEAN


@frameworks.command("compare", short_help="Compare two frameworks, such as two versions of one.")
@click.argument("old", metavar="OLD", shell_complete=completing.frameworks)
@click.argument("new", metavar="NEW", shell_complete=completing.frameworks)
@once(
    "--snapshot",
    type=click.Path(exists=True, path_type=Path),
    metavar="FOLDER|BUNDLE",
    help="A snapshot or the bundle of a scan: judge both and say which controls come out differently.",
)
@_own_rules
@json_option
def compare_command(old: str, new: str, snapshot: Path | None, folders: tuple[Path, ...], as_json: bool) -> int:
    """Say which controls come, go and are renumbered from OLD to NEW, and which ask for other rules or parameters.

    OLD and NEW are ids, or files of your own.
    """
    from scanner.content.rules import load_rules
    from scanner.runs.assessments.versions import compare_versions, differences

    before, after = _loaded(old, folders), _loaded(new, folders)
    versions = compare_versions(before, after, load_rules(folders))
    told: list[Difference] = []
    alone: list[tuple[str, Control, Outcome]] = []
    if snapshot is not None:
        assessment = _judged(snapshot, (old, new), folders, (before, after))
        told += differences(versions, before.id, after.id, assessment)
        alone += _alone(versions, before.id, after.id, assessment)
    if as_json:
        pairs: list[JsonValue] = [*map(_pair, versions.changed)]
        differing: list[JsonValue] = list(map(_difference, told))
        tell_json(
            {
                "schema": COMPARISON_SCHEMA,
                "old": before.id,
                "new": after.id,
                "removed": _ids(versions.removed),
                "added": _ids(versions.added),
                "changed": pairs,
                "alike": len(versions.pairs) - len(pairs),
                **({} if snapshot is None else {"outcomes": differing, "alone": list(map(_outcome, alone))}),
            }
        )
        return Exit.CLEAN
    tell("\n".join(_compared(before, after, versions)))
    if snapshot is not None:
        tell("\n".join(["", *_outcomes(versions, told, alone)]))
    return Exit.CLEAN


def _judged(snapshot: Path, named: Sequence[str], folders: Sequence[Path], both: Sequence[Framework]) -> "Assessment":
    """Both frameworks judged together. Raises UsageError for two that differ and have one id, which is what tells."""
    from scanner.runs.scanning import scan_snapshot
    from scanner.runs.selection import select

    before, after = both
    if before.id == after.id and before != after:
        raise UsageError(
            f"Both are called {before.id}, so what comes out of one cannot be told from what comes out of the other.",
            "Give the file of your own another id and name, or leave out --snapshot.",
        )
    return scan_snapshot(snapshot, select(named, (), folders, ())).assessment


def _alone(
    versions: "Versions", old: str, new: str, assessment: "Assessment"
) -> Iterator[tuple[str, Control, Outcome]]:
    """The controls that one of two frameworks alone has, with its id and how they come out."""
    outcomes = {(result.framework, result.id): result.outcome for result in assessment.controls}
    for framework, controls in ((old, versions.removed), (new, versions.added)):
        yield from ((framework, control, outcomes[framework, control.id]) for control in controls)


def _outcome(alone: tuple[str, Control, Outcome]) -> JsonValue:
    framework, control, outcome = alone
    return {"framework": framework, "control": control.id, "outcome": outcome}


def _ids(controls: Sequence[Control]) -> list[JsonValue]:
    return [control.id for control in controls]


def _loaded(wanted: str, folders: Sequence[Path]) -> Framework:
    """A framework by its id, or from its file, which may name rules of ``folders``.

    Raises UsageError and ContentError.
    """
    from scanner.content.frameworks import framework_name, is_framework_file, load_frameworks
    from scanner.content.rules import load_rules

    rules = load_rules(folders)
    files = [Path(wanted)] if is_framework_file(wanted) else []
    named = framework_name(files[0]) if files else wanted
    (framework,) = load_frameworks((named,), {rule.id for rule in rules}, files=files, rules=rules)
    return framework


def _compared(before: Framework, after: Framework, versions: "Versions") -> Iterator[str]:
    changed = versions.changed
    yield f"{before.id} -> {after.id}: {several(len(versions.pairs) - len(changed), 'control')} alike"
    for control in versions.removed:
        yield from wrapped(f"- {control.id}  {control.title}  [{control.coverage}]", further="    ")
    for control in versions.added:
        yield from wrapped(f"+ {control.id}  {control.title}  [{control.coverage}]", further="    ")
    for pair in changed:
        number = f"{pair.old.id} -> {pair.new.id}" if pair.renumbered else pair.new.id
        same = pair.old.coverage is pair.new.coverage
        coverage = pair.new.coverage if same else f"{pair.old.coverage} -> {pair.new.coverage}"
        yield from wrapped(f"~ {number}  {pair.new.title}  [{coverage}]", further="    ")
        yield from (f"    - {rule}" for rule in pair.dropped)
        yield from (f"    + {rule}" for rule in pair.added)


def _outcomes(
    versions: "Versions", told: "Sequence[Difference]", alone: Sequence[tuple[str, Control, Outcome]]
) -> Iterator[str]:
    same = "Every control that both have comes out the same." if versions.pairs else "They have no control in common."
    yield "Controls that come out differently:" if told else same
    for each in told:
        pair = each.pair
        changed = f"{pair.old.id} {_worded(each.old)} -> {pair.new.id} {_worded(each.new)}"
        yield from wrapped(f"  {changed}  {pair.new.title}", further="    ")
        for finding in each.findings:
            yield from wrapped(f"    {finding.outcome} {finding.rule}: {finding.reason}", further="        ")
    if alone:
        yield from ("", "Controls that one of them alone has:")
    for framework, control, outcome in alone:
        yield from wrapped(f"  {framework} {control.id} {_worded(outcome)}  {control.title}", further="    ")


def _worded(outcome: Outcome) -> str:
    return outcome.replace("_", " ")


def _pair(pair: "Pair") -> dict[str, JsonValue]:
    return {
        "old": pair.old.id,
        "new": pair.new.id,
        "title": pair.new.title,
        "coverage": [pair.old.coverage, pair.new.coverage],
        "rules_dropped": list(pair.dropped),
        "rules_added": list(pair.added),
    }


def _difference(each: "Difference") -> dict[str, JsonValue]:
    findings: list[JsonValue] = [
        {"rule": finding.rule, "outcome": finding.outcome, "resource": finding.resource, "reason": finding.reason}
        for finding in each.findings
    ]
    return {"old": [each.pair.old.id, each.old], "new": [each.pair.new.id, each.new], "findings": findings}


@frameworks.command("coverage", short_help="Say how much of each framework the rules decide.")
@click.argument("wanted", metavar="[ID|FILE]", required=False, shell_complete=completing.frameworks)
@once(
    "--output",
    "form",
    type=click.Choice(["text", "json", "csv", "svg"]),
    default="text",
    show_default=True,
    help="How to print it; svg is a picture with a square for each control.",
)
@_own_rules
def coverage_command(wanted: str | None, form: str, folders: tuple[Path, ...]) -> int:
    """Say how many controls of each framework the rules decide, decide in part or support, and how many a person does.

    With the ID of a framework, or the FILE of one of your own, every control of it is listed.
    """
    from scanner.content.frameworks import load_frameworks
    from scanner.content.rules import load_rules
    from scanner.model import Coverage

    found = (_loaded(wanted, folders),) if wanted else load_frameworks(None, {rule.id for rule in load_rules()})
    if form == "svg":
        tell(_drawn(found))
    elif wanted:
        rows = list(map(_row, found[0].controls))
        _tell_rows(("framework", "control", "coverage", "rules", "title"), rows, form)
    else:
        _tell_rows(("framework", "controls", *map(str, Coverage)), list(map(_counted, found)), form)
    return Exit.CLEAN


def _drawn(frameworks: Sequence[Framework]) -> str:
    """A picture of frameworks: how far rules decide each of their controls."""
    from reports.coverage.domain import Square, domain_of
    from reports.coverage.drawing import document

    domains = []
    for framework in frameworks:
        squares = (Square(control.id, control.coverage, control.title) for control in framework.controls)
        domains.append(domain_of(f"{framework.title} {framework.version}", squares))
    return document(domains).decode().rstrip("\n")


def _row(control: Control) -> tuple[str, ...]:
    return control.framework, control.id, str(control.coverage), str(len(control.all_rules)), control.title


def _counted(framework: Framework) -> tuple[str, ...]:
    from collections import Counter

    from scanner.model import Coverage

    counts = Counter(control.coverage for control in framework.controls)
    return framework.id, str(len(framework.controls)), *(str(counts[coverage]) for coverage in Coverage)


def _tell_rows(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], form: str) -> None:
    """Print rows in columns, as a JSON document or as CSV."""
    if form == "json":
        tell_json({"schema": COVERAGE_SCHEMA, "rows": [_members(heads, row) for row in rows]})
    elif form == "csv":
        from reports.csv_rows import csv_bytes

        tell(csv_bytes(heads, rows).decode().replace("\r\n", "\n").rstrip("\n"))
    else:
        tell_table(heads, [heads, *rows] if not _on_screen() else rows)


def _members(heads: tuple[str, ...], row: tuple[str, ...]) -> dict[str, JsonValue]:
    """A row as an object; what counts is a number."""
    texts = {"framework", "control", "coverage", "title"}
    return {head: value if head in texts else int(value) for head, value in zip(heads, row, strict=True)}


def _on_screen() -> bool:
    import sys

    return sys.stdout.isatty()


def _head(framework: Framework) -> dict[str, JsonValue]:
    return {
        "id": framework.id,
        "title": framework.title,
        "version": framework.version,
        "source": framework.source,
        "notes": framework.notes,
    }


def _control(control: Control) -> dict[str, JsonValue]:
    return {
        "id": control.id,
        "title": control.title,
        "coverage": control.coverage,
        "notes": control.notes.strip(),
        "rules": list(control.rules),
        "log_rules": list(control.log_rules),
        "period_rules": list(control.period_rules),
        **({"with": {item.rule: dict(item.values) for item in control.given}} if control.given else {}),
    }
