"""The house rules that no other tool checks: sizes, broad excepts, leftovers, and what the project may name.

Its layout has tests of its own: ``test_rooms.py``.
"""

import ast
import gc
import re
import subprocess
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGES = ("scanner", "reports", "trailwitness")
SOURCES = sorted(path for package in PACKAGES for path in ROOT.glob(f"{package}/**/*.py"))
TESTS = sorted(ROOT.glob("tests/**/*.py"))
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

TICS = {
    "is no X": r"(?<!here )\b(?:is|are|was|were) no (?!(?:longer|more|less|other|one|matter|doubt)\b)[a-z]",
    "stands": r"(?<!as it )(?<!as they )\bstand(?:s|ing)?\b(?!-| for\b| in for\b| out\b)|\bstood\b",
    "hangs on": r"\bhang(?:s|ing)?\b|\bhung\b",
    "one line a call": r"\bone (?:line|row|message|sentence|finding|attribute|filter|entry|file|page)? ?an? "
    r"(?:line|row|record|key|account|rule|event|file|page|call|region|hit|source)\b|\ba finding an? ",
    "Of …": r"(?:^|[.!?:] |\")Of (?:an?|each|every|one|its|their|equal|several|which) ",
}
"""What reads as translated. Plain: "is not an X", "is" or "appears", "depends on", "one line per call", "For …"."""


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module", autouse=True)
def _read_once() -> Iterator[None]:
    """Keep what is read for this module alone: the collector would go through a million nodes again and again."""
    gc.disable()
    yield
    for kept in (text_of, tree_of, nodes_of):
        kept.cache_clear()
    gc.enable()


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree_of(path)))


def faults(check: Callable[[Path], Iterable[str]], paths: Iterable[Path]) -> list[str]:
    """What a check finds in all of these files: a test of its own for each file would take longer than the check."""
    return [f"{relative(path)}: {fault}" for path in paths for fault in check(path)]


def too_long(path: Path) -> Iterator[str]:
    if text_of(path).count("\n") > 500:
        yield "a module stays under 500 lines"
    for node in nodes_of(path):
        if isinstance(node, FUNCTIONS):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > 60:
                yield f"{node.name} has {length} lines; a function stays under 60"


def test_sizes() -> None:
    assert not faults(too_long, SOURCES)


def without_opening(path: Path) -> Iterator[str]:
    docstring = ast.get_docstring(tree_of(path)) or ""
    if not docstring.split("\n")[0].rstrip().endswith((".", ":", "?")):
        yield "its first line is not a sentence"


def test_every_module_opens_with_a_sentence() -> None:
    assert not faults(without_opening, SOURCES)


def too_broad(path: Path) -> Iterator[str]:
    broad = [
        node.lineno
        for node in nodes_of(path)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    ]
    allowed = 1 if relative(path) == "scanner/cli/__init__.py" else 0
    if len(broad) > allowed:
        yield f"broad excepts in lines {broad}"


def test_no_broad_except_outside_the_last_resort() -> None:
    assert not faults(too_broad, SOURCES)


def test_whatever_is_silenced_has_a_reason() -> None:
    """``# noqa: S301 - our own``: what a linter or mypy is told to overlook is said on the same line."""
    silenced = re.compile(
        r"#\s*(?:noqa|type:\s*ignore)(?P<codes>\[[^]]+\]|:\s*[A-Z]+[0-9]+(?:, [A-Z]+[0-9]+)*)?(?P<rest>.*)"
    )
    for path in [*SOURCES, *TESTS]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            found = None if path == Path(__file__) else silenced.search(line)
            assert found is None or (found["codes"] and re.search(r"\w{2}", found["rest"])), (
                f"{relative(path)}:{number}"
            )


def own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """What a statement is made of, without the statements inside it."""
    waiting = list(ast.iter_child_nodes(statement))
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.stmt):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def dense(nodes: Iterable[ast.AST]) -> list[int]:
    """The lines of statements with more than one comprehension, side by side or nested."""
    found = []
    for node in nodes:
        if isinstance(node, ast.stmt):
            inside = [each for each in own_nodes(node) if isinstance(each, COMPREHENSIONS)]
            if len(inside) > 1:
                found.append(node.lineno)
    return found


def test_what_is_dense() -> None:
    def found(text: str) -> list[int]:
        return dense(ast.walk(ast.parse(text)))

    assert found("a = [b for b in c]\nfor d in e:\n    f = {g for g in h}\n") == []
    assert found("a = [b for b in c] + [d for d in e]") == [1]
    assert found("if any(all(b for b in c) for c in d):\n    pass") == [1]


def too_dense(path: Path) -> Iterator[str]:
    for line in dense(nodes_of(path)):
        yield f"line {line}: name the inner thing, or write a loop"


def test_one_comprehension_in_a_statement() -> None:
    assert not faults(too_dense, [*SOURCES, *TESTS])


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """The sentences of a file with their lines: of a module its texts and comments, else its paragraphs."""
    if path.suffix == ".py":
        with path.open("rb") as source:
            for token in tokenize.tokenize(source.readline):
                if token.type in {tokenize.STRING, tokenize.COMMENT}:
                    yield token.start[0], token.string
        return
    line = 1
    for paragraph in text_of(path).split("\n\n"):
        yield line, paragraph
        line += paragraph.count("\n") + 2


def test_what_is_not_plain() -> None:
    def found(text: str) -> list[str]:
        return [name for name, pattern in TICS.items() if re.search(pattern, text)]

    assert found("Of a bucket only one line a call is no record that stands and hangs on it.") == [*TICS]
    assert (
        found("There is no record as it stands, one per call; $name stands for its value. It is no longer read.") == []
    )


def tics(path: Path) -> list[str]:
    found = []
    for line, text in prose(path):
        plain = re.sub(r"\s+(?:# )?", " ", text)
        for name, pattern in TICS.items():
            found += [f"line {line}, {name}: {match[0]}" for match in re.finditer(pattern, plain)]
    return found


FOLDERS = ("rules/**/*.yaml", "frameworks/*.yaml", "scanner/content/*.yaml", "scanner/schemas/*.json")
DATA = [path for pattern in FOLDERS for path in ROOT.glob(pattern)]
WRITTEN = sorted([*SOURCES, *DATA, *ROOT.glob("docs/*.md")])


def test_every_page_is_in_the_index_once() -> None:
    index = text_of(ROOT / "docs" / "README.md")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    listed = re.findall(r"^\| \[([^\]]+)\]\(\1\) \|", index, re.MULTILINE)
    assert sorted(listed) == sorted(pages), "docs/README.md has a row for each page"


def test_sentences_are_plain() -> None:
    assert not faults(tics, [*WRITTEN, ROOT / "README.md", ROOT / "CONTRIBUTING.md"])


PROSE = {"description", "rationale", "remediation", "notes", "reason", "otherwise", "passed", "title", "where_none"}


def sentences_too_wide(path: Path) -> Iterator[str]:
    """Lines of more than 120 columns in the sentences of a rule or framework; patterns and addresses are not broken."""
    lines = text_of(path).splitlines()
    waiting: list[yaml.Node | None] = [yaml.compose(text_of(path), Loader=yaml.CSafeLoader)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        if isinstance(node, yaml.MappingNode):
            waiting += [value for _, value in node.value]
            for key, value in node.value:
                if key.value in PROSE and isinstance(value, yaml.ScalarNode):
                    spanned = range(value.start_mark.line, min(value.end_mark.line + 1, len(lines)))
                    yield from (f"line {number + 1}: fold it" for number in spanned if len(lines[number]) > 120)


def test_sentences_of_rules_and_frameworks_fit_the_page() -> None:
    paths = [path for path in DATA if path.suffix == ".yaml" and not path.name.endswith(".test.yaml")]
    assert not faults(sentences_too_wide, paths)


def anchors_named_again(path: Path) -> Iterator[str]:
    """Anchors with the name of another one in the file: YAML 1.2 lets them be, and some of its readers refuse them."""
    if "&" not in text_of(path):
        return
    scanned = yaml.scan(text_of(path), Loader=yaml.CSafeLoader)
    counted = Counter(token.value for token in scanned if isinstance(token, yaml.AnchorToken))
    yield from (f"give each anchor a name of its own: {name}" for name, count in counted.items() if count > 1)


def test_anchors_have_names_of_their_own() -> None:
    assert not faults(anchors_named_again, [*ROOT.glob("rules/**/*.yaml"), *ROOT.glob("frameworks/*.yaml")])


def test_no_leftovers() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "Not" + "ImplementedError", "pragma: no " + "cover")
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        for word in words:
            assert word not in text, f"{relative(path)} holds {word}"


def _takes_apart_an_arn(call: ast.Call) -> bool:
    """``split(":", 5)`` and its kin, ``startswith("arn:")``, and a regular expression that begins with ``arn:``."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    given = [str(value.value) for value in call.args if isinstance(value, ast.Constant)]
    text, most = (*given, "", "")[:2]
    if name == "split":
        return text == ":" and most not in {"1", "2"}
    if name in {"rsplit", "rpartition"}:
        return text.startswith(":")
    if name in {"startswith", "removeprefix"}:
        return text.startswith("arn:")
    return name in {"compile", "match", "fullmatch", "search"} and text.startswith(
        ("arn:", "^arn:", r"\Aarn:", "(arn:")
    )


def arns_apart(path: Path) -> Iterator[str]:
    apart = [node.lineno for node in nodes_of(path) if isinstance(node, ast.Call) and _takes_apart_an_arn(node)]
    if apart and relative(path) != "scanner/arns.py":
        yield f"lines {apart}: ask scanner.arns"


def test_arns_are_taken_apart_in_one_place() -> None:
    assert not faults(arns_apart, SOURCES)


def times_read(path: Path) -> Iterator[str]:
    readers = {"fromisoformat", "fromtimestamp", "utcfromtimestamp", "strptime"}
    used = [node.lineno for node in nodes_of(path) if isinstance(node, ast.Attribute) and node.attr in readers]
    if used and relative(path) != "scanner/times.py":
        yield f"lines {used}: ask scanner.times"


def test_times_are_read_in_one_place() -> None:
    """``scanner.times`` says what names a moment, and that a missing zone is UTC and never the machine's."""
    assert not faults(times_read, SOURCES)


def shell_patterns(path: Path) -> Iterator[str]:
    shell = "import fnmatch" in text_of(path) or "from fnmatch" in text_of(path)
    if shell and relative(path) != "scanner/runs/over_logs/opening.py":
        yield "ask scanner.texts.globs"


def test_patterns_with_wildcards_are_matched_in_one_place() -> None:
    """``scanner.texts.globs``; a shell's patterns are for the names of log sources alone."""
    assert not faults(shell_patterns, SOURCES)


def test_the_changelog_keeps_its_order() -> None:
    """Keep a Changelog: each kind of change stands once in a version, in this order, and no line stands twice."""
    kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
    for version in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1:]:
        headings = re.findall(r"^### (.+)$", version, re.MULTILINE)
        assert headings == [kind for kind in kinds if kind in headings]
        entries = re.findall(r"^- .+$", version, re.MULTILINE)
        assert len(entries) == len(set(entries))


def test_fixed_rooms() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    top = {name.split("/")[0] for name in listed.stdout.split("\n") if "/" in name}
    assert top <= {
        "rules",
        "scanner",
        "frameworks",
        "reports",
        "tests",
        "docs",
        "trailwitness",
        "requirements",
        ".ci",
        ".github",
    }


def test_no_package_index_is_named() -> None:
    hosts = ("pypi." + "org", "python" + "hosted.org", "--index" + "-url ", "--find" + "-links")
    for path in [*ROOT.glob("requirements/*"), ROOT / "pyproject.toml"]:
        text = path.read_text(encoding="utf-8")
        for host in hosts:
            assert host not in text, f"{relative(path)} names {host}"
