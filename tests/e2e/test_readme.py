"""Every command of the README and the documentation works, in the order a reader would type it.

``make docs`` writes the counts of the demo organization anew.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.cli import run
from scanner.cli.commands.demo import farewell
from scanner.demo.organization import MEMBER_ROLE, DemoOrganization

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^ *```(?:console|sh|bash|yaml)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
ANY_BLOCK = re.compile(r"^ *```[a-z]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
OF_THE_READER = re.compile(
    r"my-rules|report\.json|--profile|AWSLogs|s3://|sigma/|events\.json|DIR\b|OLD NEW|redaction\.yaml|joiners\.csv"
    r"|--output (?:oscal|ocsf|asff)="  # tests/unit/cli/commands/test_exports_page.py runs them
    r"|logs cloudtrail|audit\.pem|audit\.pub\.pem|sshkey|keys\.yaml|evidence\.ts[qr]|evidence-of-2026|sample evidence"
)
COMMAND = Path(sys.executable).with_name("trailwitness")


def commands(path: Path, blocks: re.Pattern[str] = BLOCK) -> list[str]:
    """The `trailwitness …` lines of the code blocks of a page, continued lines joined."""
    found = []
    for block in blocks.findall(path.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            stripped = re.sub(r"^\s*(?:- )?(?:\$ |run: )?", "", line)
            if stripped.startswith("trailwitness "):
                found.append(stripped)
    return found


def shown_files() -> Iterator[tuple[str, str]]:
    """The files that commands of the pages name and a page shows, by name: routes, a framework and a crosswalk."""
    yield "routes.yaml", BLOCK.findall((ROOT / "docs/declared-routes.md").read_text(encoding="utf-8"))[0]
    for page in ("writing-rules.md", "crosswalks.md"):
        for block in BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8")):
            named = re.search(r"^id: (my-\S*audit-\S+)$", block, re.MULTILINE)
            if named:
                yield f"{named[1]}.yaml", block


ELSEWHERE = {"scan.md", "collect.md", "verify.md", "reports.md"}  # tests/unit/cli/commands/test_command_pages.py
ELSEWHERE |= {"replay.md"}  # tests/unit/replay/test_page.py
ELSEWHERE |= {"other-sources.md"}  # tests/unit/events/test_other_sources_page.py
ELSEWHERE |= {"integrity.md"}  # tests/unit/integrity/test_page.py
ELSEWHERE |= {"assess.md"}  # tests/unit/integrity/test_periods.py
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def words_of(line: str) -> tuple[list[str], str] | None:
    """The words of a line and the file that its output goes to ("" for none); None where only a shell can tell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words, target = list(lexer), ""
    if words[-2:-1] == [">"]:
        words, target = words[:-2], words[-1]
    return None if any(re.fullmatch(r"[();<>|&]+", word) for word in words) else (words, target)


class Reader:
    """Somebody who types commands into a terminal, in a folder and with the credentials of the demo account."""

    def __init__(self, folder: Path, endpoint: str, captured: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._captured = captured
        self._variables = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "TRAILWITNESS_SCAN_REGION": "us-east-1",  # the demo account is in it; the other Regions take long to ask
            "PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}",
        }

    def in_a_shell(self, line: str) -> tuple[int, str]:
        """The exit code and what went to standard error."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self._folder,
            env=kept | self._variables,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    def here(self, words: list[str], target: str) -> tuple[int, str]:
        """The same within this process: most of the time of a short command is its start."""
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                patch.delenv(name)
            for name, value in self._variables.items():
                patch.setenv(name, value)
            patch.chdir(self._folder)
            self._captured.readouterr()
            code = run(words[1:])
        out, err = self._captured.readouterr()
        if target:
            (self._folder / target).write_text(out, encoding="utf-8")
        return code, err


@pytest.mark.parametrize(
    "page", [page for page in PAGES if commands(page) and page.name not in ELSEWHERE], ids=lambda page: page.name
)
def test_commands_work(page: Path, demo_endpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The commands of the README by the shell; those of other pages within this process, where no shell is needed."""
    reader = Reader(tmp_path, demo_endpoint, capsys)
    (tmp_path / "my-rules").mkdir()
    for name, text in shown_files():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for line in commands(page):
        if OF_THE_READER.search(line):
            # Names something only the reader has: the options must exist, the rest is theirs.
            given = shlex.split(re.split(r"[>#]", line)[0])[1:]
            reader.here(["trailwitness", *(word for word in given[:2] if not word.startswith("-")), "--help"], "help")
            shown = (tmp_path / "help").read_text(encoding="utf-8")
            for word in given:
                if word.startswith("--"):
                    assert word.split("=")[0] in shown, f"{line}: no option {word}"
            continue
        words = words_of(line)
        code, told = reader.in_a_shell(line) if words is None or page.name == "README.md" else reader.here(*words)
        assert code in {0, 1}, f"{line}\n{told}"
        assert "Traceback" not in told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_in_a_block_that_is_tried(page: Path) -> None:
    assert commands(page, ANY_BLOCK) == commands(page)


def test_the_summary_shown_is_what_the_demo_organization_gives(
    organization: tuple[str, DemoOrganization], tmp_path: Path
) -> None:
    endpoint, _ = organization
    variables = os.environ | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    scan = [str(COMMAND), "scan", "--organization", "--role-name", MEMBER_ROLE, "--output", "text=whole.txt"]
    done = subprocess.run(scan, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    second = re.search(r"\n 2 [A-Z]+ ", done.stdout)
    assert second, done.stdout
    counts = done.stdout[done.stdout.index("Controls by framework\n") : second.start()]
    result = done.stdout[done.stdout.index("Result\n") :]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    if os.environ.get("TRAILWITNESS_UPDATE_GOLDEN") == "1":
        for part in (counts, result):
            begin = part.partition("\n")[0]
            before, after = re.split(rf"^{begin}\n.*?^(?=…\n)", text, maxsplit=1, flags=re.MULTILINE | re.DOTALL)
            text = f"{before}{part}{after}"
        (ROOT / "README.md").write_text(text, encoding="utf-8")
        return
    shown, closing, of_the_demo = text.split("prints, among other things:\n\n```text\n")[1].split("```")[0].split("…\n")
    assert (shown, closing) == (counts, result), "make docs writes them anew; review the difference"
    whole = (tmp_path / "whole.txt").read_text(encoding="utf-8")
    for part in text.split("it tells each finding as well, for example:\n\n```text\n")[1].split("```")[0].split("…\n"):
        assert part in whole
    assert f"\n{of_the_demo}" == f"{farewell(Path('build/demo'), '.venv/bin/trailwitness')}\n"


def test_the_answer_shown_is_what_the_command_prints() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    asked, shown = text.split("The second one answers:\n\n```text\n")
    (line,) = (line for line in commands(ROOT / "README.md") if line.startswith("trailwitness pattern covers"))
    assert asked.rindex("pattern covers") > asked.rindex("```sh")
    done = subprocess.run([COMMAND, *shlex.split(line)[1:]], capture_output=True, text=True, check=False)
    assert done.stdout == shown.split("```")[0]


def test_readme_names_every_exit_code() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for code in "0123":
        assert re.search(rf"^\| {code} \|", text, re.MULTILINE)


def test_links_lead_somewhere() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not target.startswith(("https:", "mailto:")):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
