"""The page of frameworks, made of their files."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from scanner.content.frameworks import REPORTED, load_frameworks
from scanner.content.rules import load_rules
from scanner.model import Coverage, Framework, Rule
from scanner.runs.assessments.versions import compare_versions
from tests.markdown import code, table

FOLDER = Path(__file__).parents[1] / "frameworks"

HEAD = """\
# Frameworks

A framework file is an auditor's page: it lists every control of its domain, names the rules that bear on each, and
says what they decide and what is left to a person. `make docs` writes this page from the files in
[frameworks/](../frameworks), and a test compares the two.

- [Which there are](#which-there-are)
- [Choosing one](#choosing-one)
- [Comparing versions](#comparing-versions)
- [CIS from version to version](#cis-from-version-to-version)

## Which there are

*Decided* are the controls of which the rules of a scan decide all that can be seen in an account, *in part* those of
which they decide some, *supported* those for which they only give evidence. *For a person* are controls that no rule of
a scan bears on; they are listed all the same. What log records and a whole period show of a control, `trailwitness
logs` and `trailwitness assess` add.

"""

CHOOSING = """\
## Choosing one

`trailwitness scan` without `--framework` reports {reported}. The others are
reported, and their rules judged, when they are named; `--framework` can be given several times.

```sh
trailwitness frameworks list
trailwitness frameworks show cis-aws-6.0.0
trailwitness scan --framework cis-aws-6.0.0 --framework cis-aws-1.4.0 --region eu-central-1 --output json=two.json
```

Where versions or frameworks ask a rule for different things, their controls give it parameters
([how](writing-rules.md#parameters-for-a-control)). The rule is judged once for each different set of them and says
which: `route.security-group-changes[events_of=cis-1.4]`. A framework of your own is a file of the same form
([how](writing-rules.md#a-framework-of-your-own)).

## Comparing versions

`frameworks compare` says which controls come, go and get new numbers, and which ask for other rules or parameters. With
`--snapshot` it judges both and says which controls come out differently, and why, and how those come out that one of
the two alone has. `frameworks coverage` counts what is decided.

```sh
trailwitness frameworks compare cis-aws-4.0.1 cis-aws-5.0.0
trailwitness collect --framework cis-aws-4.0.1 --framework cis-aws-5.0.0 --region eu-central-1 -o today
trailwitness frameworks compare cis-aws-4.0.1 cis-aws-5.0.0 --snapshot today
trailwitness frameworks coverage cis-aws-7.0.0
```

## CIS from version to version

The numbers of the recommendations of the CIS AWS Foundations Benchmark that touch the audit path. Titles are short
labels of our own, and the same in every version. Profile levels, assessment status and what sources doubt of them are
in the notes of each file.

"""

TEXTS = """
A monitoring recommendation is decided by what the deployed filters match, over the whole way to a confirmed subscriber,
and never by their text. Whoever deploys the filters of a version's own text passes it; tests deploy those of every
version. What is weak about such a text is a warning of the finding: that of 1.4.0 and 1.5.0 on unauthorized calls
matches nearly every event, and most do not look at the service that was called. Two texts of 1.2.0 match more than is
judged, on unauthorized calls and on sign-ins without a second factor: these are decided in part there. From 5.0.0 on
changes of security group rules in place (ModifySecurityGroupRules) are asked for.
"""

COLUMNS = "framework | title | version | controls | decided | in part | supported | for a person"


def frameworks_page() -> str:
    """The page that tells of every framework."""
    rules = load_rules()
    frameworks = load_frameworks(None, {rule.id for rule in rules})
    cis = [each for each in frameworks if each.id.startswith("cis-aws-")]
    *others, last = (f"`{each}`" for each in REPORTED)
    return "".join(
        [
            HEAD,
            table(
                "framework | title | version | controls | decided | in part | supported | for a person",
                rows(frameworks),
            ),
            "\n" + CHOOSING.replace("{reported}", f"{', '.join(others)} and {last}"),
            numbers(cis),
            TEXTS,
            *(changes(old, new, rules) for old, new in pairwise(cis)),
        ]
    )


def rows(frameworks: Iterable[Framework]) -> Iterator[tuple[str, ...]]:
    for each in frameworks:
        coverage = Counter(control.coverage for control in each.controls)
        (place,) = FOLDER.rglob(each.path)
        file = f"[{each.id}](../{place.relative_to(FOLDER.parent).as_posix()})"
        counted = (str(coverage[how]) for how in Coverage)
        yield file, each.title, f"[{each.version}]({each.source})", str(len(each.controls)), *counted


def numbers(versions: Sequence[Framework]) -> str:
    """The number of each recommendation in each version, those of the newest version first."""
    found: dict[str, dict[str, str]] = {}
    for version in reversed(versions):
        for control in version.controls:
            found.setdefault(control.title, {})[version.version] = control.id
    names = [version.version for version in versions]
    return table(" | ".join(["recommendation", *names]), (_row(title, ids, names) for title, ids in found.items()))


def _row(title: str, ids: Mapping[str, str], names: Iterable[str]) -> tuple[str, ...]:
    return title, *(ids.get(name, "") for name in names)


def changes(old: Framework, new: Framework, rules: Sequence[Rule]) -> str:
    """What is different in a version."""
    versions = compare_versions(old, new, rules)
    lines = [f"\n### From {old.version} to {new.version}\n\n"]
    lines += (f"- New: {control.id} {control.title}.\n" for control in versions.added)
    lines += (f"- Gone: {control.id} {control.title}.\n" for control in versions.removed)
    for pair in versions.pairs:
        told = f"{pair.new.id} {pair.new.title}"
        if pair.dropped or pair.added:
            lines.append(f"- Asks otherwise: {told} ({_told(pair.dropped)} before, {_told(pair.added)} now).\n")
        if pair.old.coverage is not pair.new.coverage:
            lines.append(f"- Decided otherwise: {told} ({pair.old.coverage} before, {pair.new.coverage} now).\n")
    renumbered = sum(pair.renumbered for pair in versions.pairs)
    if renumbered:
        lines.append(f"- Other numbers: {renumbered} of the {len(versions.pairs)} recommendations that both have.\n")
    return "".join(lines) if len(lines) > 1 else f"{lines[0]}Nothing changes in what is listed here.\n"


def _told(rules: Iterable[str]) -> str:
    return ", ".join(map(code, rules)) or "nothing"
