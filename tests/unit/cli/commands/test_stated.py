"""Waivers, attestations and baselines on the command line: what they change, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import trailwitness
from scanner.cli import run
from scanner.cli.exit_codes import Exit

RULE = ["--rule", "trail.log-file-validation"]
WAIVERS = """\
waivers:
  - id: W-1
    rule: trail.log-file-validation
    scope: {accounts: ['111122223333']}
    kind: risk-accepted
    justification: The trail goes in spring.
    approver: Ann Lee, CISO
    from: 2026-11-01
    until: 2026-11-30
"""
ATTESTATIONS = """\
attestations:
  - framework: pci-dss-4.0.1
    control: '10.1.1'
    person: Jo Roe
    role: CISO
    date: 2026-11-01
    statement: The policies were reviewed.
    cadence: yearly
"""

Scan = Callable[..., tuple[int, str]]


@pytest.fixture
def scan(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> Scan:
    """Judges the account whose trail has no validation; gives the exit code and what standard error says."""

    def judged(*arguments: str) -> tuple[int, str]:
        code = run(["scan", "--snapshot", str(snapshot), "-q", *arguments])
        return code, capsys.readouterr().err

    return judged


@pytest.fixture
def waivers(tmp_path: Path) -> Path:
    path = tmp_path / "waivers.yaml"
    path.write_text(WAIVERS, encoding="utf-8")
    return path


def test_a_waiver_lets_a_gate_pass_and_keeps_the_verdict(scan: Scan, waivers: Path, tmp_path: Path) -> None:
    assert scan(*RULE)[0] == Exit.FINDINGS
    report = tmp_path / "a.json"
    code, _ = scan(*RULE, "--waivers", str(waivers), "-o", f"json={report}")
    assert code == Exit.CLEAN
    (finding,) = json.loads(report.read_bytes())["findings"]
    assert (finding["outcome"], finding["waiver"]) == ("fail", "W-1")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "until: 2026-11-30",
            "until: 2026-11-19",
            "failed at or above --fail-on low; waiver W-1 expired on 2026-11-19",
        ),
        ("scope: {accounts", "scope: {resources: [another], accounts", "waiver W-1 matches no failure"),
    ],
)
def test_a_waiver_that_no_longer_counts_fails_the_run(
    old: str, new: str, sentence: str, scan: Scan, waivers: Path
) -> None:
    waivers.write_text(WAIVERS.replace(old, new), encoding="utf-8")
    code, told = scan(*RULE, "--waivers", str(waivers))
    assert code == Exit.FINDINGS
    assert sentence in told
    assert "Renew or remove the waivers that no longer count." in told


def test_a_wrong_file_is_told_with_its_place(scan: Scan, waivers: Path) -> None:
    waivers.write_text(WAIVERS.replace("log-file-validation", "log-file-validaton"), encoding="utf-8")
    code, told = scan(*RULE, "--waivers", str(waivers))
    assert code == Exit.ERROR
    assert "waivers.yaml:3:11: there is no rule trail.log-file-validaton. Did you mean" in told


def test_an_attestation_never_makes_a_pass(scan: Scan, tmp_path: Path) -> None:
    stated, report = tmp_path / "attestations.yaml", tmp_path / "a.json"
    stated.write_text(ATTESTATIONS, encoding="utf-8")
    scan("--framework", "pci-dss-4.0.1", "--attestations", str(stated), "-o", f"json={report}")
    controls = {control["id"]: control for control in json.loads(report.read_bytes())["controls"]}
    assert (controls["10.1.1"]["outcome"], controls["10.1.1"]["attested"]) == ("manual", "in-force")
    stated.write_text(ATTESTATIONS.replace("pci-dss-4.0.1", "pci-dss-4.0.2"), encoding="utf-8")
    code, told = scan(*RULE, "--attestations", str(stated))
    assert code == Exit.ERROR
    assert "attests a control of pci-dss-4.0.2, and there is no such framework" in told


def test_a_bundle_holds_what_was_stated_and_is_verified_with_it(
    waivers: Path, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle"
    command = ["scan", "--snapshot", str(snapshot), *RULE, "--waivers", str(waivers), "--bundle", str(bundle)]
    assert run([*command, "-q"]) == Exit.CLEAN
    assert (bundle / "data" / "waivers.yaml").read_text(encoding="utf-8") == WAIVERS
    readme = (bundle / "data" / "README.txt").read_text(encoding="utf-8")
    assert ("data/waivers.yaml" in readme, "data/baseline.json" in readme) == (True, False)
    run(["verify", str(bundle)])
    assert "whether the approvers approved nobody checked: W-1" in capsys.readouterr().out
    judged = trailwitness.scan(bundle, rules=["trail.log-file-validation"], waivers=waivers)
    assert [item.waiver for item in judged.assessment.findings] == ["W-1"]


def test_a_baseline_lets_known_failures_pass_and_new_ones_stop(scan: Scan, tmp_path: Path) -> None:
    first, known = tmp_path / "first.json", tmp_path / "baseline.json"
    scan(*RULE, "-o", f"json={first}")
    assert run(["baseline", "create", str(first), "-o", str(known)]) == Exit.CLEAN
    assert scan(*RULE, "--baseline", str(known))[0] == Exit.CLEAN
    assert scan("--rule", "trail", "--baseline", str(known))[0] == Exit.FINDINGS
    known.write_text(known.read_text(encoding="utf-8").replace("trail/main", "trail/gone"), encoding="utf-8")
    assert scan(*RULE, "--baseline", str(known))[0] == Exit.FINDINGS
    assert run(["baseline", "update", str(known), str(first), "--add"]) == Exit.CLEAN
    assert scan(*RULE, "--baseline", str(known))[0] == Exit.CLEAN
    assert "trail/gone" not in known.read_text(encoding="utf-8")


def test_an_update_keeps_what_was_not_judged(scan: Scan, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    every, one, known = tmp_path / "every.json", tmp_path / "one.json", tmp_path / "baseline.json"
    scan("--rule", "trail", "-o", f"json={every}")
    scan(*RULE, "-o", f"json={one}")
    run(["baseline", "create", str(every), "-o", str(known)])
    before = known.read_text(encoding="utf-8")
    assert run(["baseline", "update", str(known), str(one)]) == Exit.CLEAN
    assert known.read_text(encoding="utf-8") == before
    assert "0 gone, 0 new" in capsys.readouterr().err


def test_a_baseline_of_other_accounts_is_refused(scan: Scan, tmp_path: Path) -> None:
    first, known = tmp_path / "first.json", tmp_path / "baseline.json"
    scan(*RULE, "-o", f"json={first}")
    run(["baseline", "create", str(first), "-o", str(known)])
    known.write_text(known.read_text(encoding="utf-8").replace("111122223333", "999922223333"), encoding="utf-8")
    code, told = scan(*RULE, "--baseline", str(known))
    assert code == Exit.ERROR
    assert "The baseline is of account 999922223333, and what was judged is of account 111122223333." in told


def test_a_baseline_is_not_written_over(scan: Scan, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = tmp_path / "first.json"
    scan(*RULE, "-o", f"json={first}")
    assert run(["baseline", "create", str(first), "-o", str(first)]) == Exit.ERROR
    assert "exists. Use `trailwitness baseline update`" in capsys.readouterr().err
