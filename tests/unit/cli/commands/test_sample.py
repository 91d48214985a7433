"""An auditor's sample: the same draw for everybody, and nothing drawn from what cannot be told apart."""

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.schemas import misfit

ROOT = Path(__file__).parents[4]
RULE = "trail.log-file-validation"


@pytest.fixture
def population(tmp_path: Path) -> Path:
    path = tmp_path / "population.txt"
    path.write_text("".join(f"ticket {number}\n" for number in range(100)), encoding="utf-8")
    return path


def drawn(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert run(["sample", *arguments]) == Exit.CLEAN
    data = json.loads(capsys.readouterr().out)
    assert misfit(data, "sample") == ""
    return data


def test_the_draw_follows_from_the_seed_alone(population: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = drawn(capsys, str(population), "--size", "5", "--seed", "a")
    lines = population.read_text(encoding="utf-8").splitlines()
    population.write_text("\r\n".join(["", *reversed(lines)]), encoding="utf-8")
    assert drawn(capsys, str(population), "--size", "5", "--seed", "a") == first
    assert drawn(capsys, str(population), "--size", "5", "--seed", "b")["drawn"] != first["drawn"]
    assert drawn(capsys, str(population), "--size", "9", "--seed", "a")["drawn"][:5] == first["drawn"]
    assert first["drawn"][0]["item"] == min(lines, key=lambda item: hashlib.sha256(f"a\n{item}".encode()).hexdigest())
    assert (
        first["population"]["sha256"] == hashlib.sha256("".join(f"{x}\n" for x in sorted(lines)).encode()).hexdigest()
    )


def test_the_shell_lines_of_the_documentation_draw_the_same(
    population: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/comparing.md").read_text(encoding="utf-8"), re.DOTALL)[-1]
    made = subprocess.run(
        ["sh", "-c", script], cwd=population.parent, env={"SEED": "Q4"}, capture_output=True, text=True, check=True
    )
    data = drawn(capsys, str(population), "--size", "3", "--seed", "Q4")
    assert made.stdout.splitlines() == [f"{item['rank']}  {item['item']}" for item in data["drawn"]]


def test_a_csv_file_without_its_head(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text('\ufeffname,"role"\nann,"a, b"\njo,c\n', encoding="utf-8")
    data = drawn(capsys, str(path), "--size", "9", "--seed", "s")
    assert data["population"]["count"] == 2
    assert sorted(item["item"] for item in data["drawn"]) == ['ann,"a, b"', "jo,c"]


def test_days_of_a_period(capsys: pytest.CaptureFixture[str]) -> None:
    data = drawn(capsys, "2028-02-01..2028-02-29", "--size", "3", "--seed", "s")
    assert data["population"]["count"] == 29
    assert all(item["item"].startswith("2028-02-") for item in data["drawn"])


def test_an_assessment_by_a_rule(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, target = tmp_path / "a.json", tmp_path / "s.json"
    run(["scan", "--snapshot", str(snapshot), "--rule", RULE, "-o", f"json={report}", "-q"])
    arguments = [str(report), "--rule", RULE, "--size", "1", "--seed", "s"]
    assert run(["sample", *arguments, "-o", str(target)]) == Exit.CLEAN
    assert "drew 1 of 1 items" in capsys.readouterr().err
    (item,) = json.loads(target.read_text(encoding="utf-8"))["drawn"]
    assert item["outcome"] == "fail"
    assert json.loads(item["item"]) == [item["account"], item["region"], item["resource"]]
    data = json.loads(report.read_text(encoding="utf-8"))
    data["findings"][0] |= {"outcome": "unknown", "resource": data["findings"][0]["account"]}
    report.write_text(json.dumps(data), encoding="utf-8")
    assert run(["sample", *arguments]) == Exit.INCOMPLETE
    assert "the population may lack items: account 111122223333" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.txt", "one\ntwo\none\n", "holds an item twice: one"),
        ("a.csv", 'h\n"x\ny"\n', "has values that span lines"),
        ("a.csv", 'h\n"x"y\n', "is not a CSV file that can be read"),
        ("a.txt", "\n \n", "holds nothing to draw from"),
        ("a.csv", "head\n", "holds nothing to draw from"),
        ("a.txt", b"\xff\n", "is not UTF-8"),
    ],
)
def test_populations_that_are_refused(
    name: str, text: str | bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    assert run(["sample", str(path), "--size", "1", "--seed", "s"]) == Exit.ERROR
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "--size", "1", "--seed", "s"], "There is no nowhere"),
        (["2026-02-30..2026-03-01", "--size", "1", "--seed", "s"], "is not a period of days"),
        (["2026-03-01..2026-02-01", "--size", "1", "--seed", "s"], "is not a period of days"),
        (["2026-03-01..2026-03-02", "--size", "1", "--seed", ""], "The seed is empty"),
        (["2026-03-01..2026-03-02", "--size", "0", "--seed", "s"], "0"),
        (["2026-03-01..2026-03-02", "--size", "1", "--seed", "s", "--rule", "a.b"], "is not an assessment"),
    ],
)
def test_what_cannot_be_drawn(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", *arguments]) == Exit.ERROR
    assert words in capsys.readouterr().err
