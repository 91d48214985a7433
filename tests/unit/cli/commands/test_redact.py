"""`scan --redact`: nothing of a value is left, the verdicts are the same, and the bundle verifies."""

import json
from pathlib import Path

import pytest

from scanner.cases import load_cases
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.content.rules import load_rules
from scanner.content.shipped import shipped
from scanner.files.covered import Cover
from scanner.model import CallKey
from scanner.schemas import misfit
from scanner.snapshot.answers import SCHEMA, Reply, Snapshot
from scanner.snapshot.folder import SnapshotWriter

RULE = "route.cloudtrail-config-changes"
ACCOUNT, ADDRESS = "111122223333", "security@example.com"
KEY = "0123456789abcdef0123"
MORE = ("--with", "alarm-history", "--evidence-bucket", "audit-reports")


@pytest.fixture
def whole_route(tmp_path: Path) -> Path:
    """The snapshot of a route that is whole and ends at an e-mail address."""
    record_route(tmp_path / "route")
    return tmp_path / "route"


def record_route(target: Path, cover: Cover | None = None) -> Snapshot:
    (rule,) = (rule for rule in load_rules(areas={"route"}) if rule.id == RULE)
    case = load_cases(rule, shipped("rules"), proven=True)[0]
    with SnapshotWriter(target, cover) as writer:
        for call in case.calls:
            writer.record(call.key, Reply(pages=call.pages, error=call.error), "2026-11-20T07:00:00Z")
        writer.put_away(ACCOUNT)
        return writer.finish(
            {
                "schema": SCHEMA,
                "started": "2026-11-20T07:00:00Z",
                "finished": "2026-11-20T07:00:01Z",
                "partition": "aws",
                "tool": {"name": "trailwitness", "version": "0"},
                "rules": [RULE],
                "scope": {"accounts": {ACCOUNT: {"regions": ["us-east-1"], "skipped": {}}}},
            }
        )


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An account that is asked, with the same route; what lies on the disk meanwhile. Gives the file of rules."""
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    monkeypatch.setenv("TRAILWITNESS_REDACT_KEY", KEY)

    def collected(
        _account: object, _rules: object, target: Path, _watch: object, cover: Cover, also: tuple[str, ...]
    ) -> Snapshot:
        assert also in {(), ("alarm-history",)}
        snapshot = record_route(target, cover)
        written = [path for path in private.rglob("*") if path.is_file()]
        assert written
        assert [path for path in written if ADDRESS.encode() in path.read_bytes() or "sns" in str(path)] == []
        return snapshot

    monkeypatch.setattr("scanner.runs.redacting.collect_snapshot", collected)
    return Path(rules(tmp_path, "redact: [{kind: subscription-endpoint}]"))


def rules(tmp_path: Path, text: str) -> str:
    path = tmp_path / "redaction.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_nothing_is_left_and_the_bundle_verifies(
    whole_route: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRAILWITNESS_REDACT_KEY", KEY)
    bundle, report = tmp_path / "bag", tmp_path / "a.json"
    chosen = rules(tmp_path, "redact: [{kind: subscription-endpoint}]")
    arguments = ["--snapshot", str(whole_route), "--rule", RULE, "--bundle", str(bundle), "-o", f"json={report}", "-q"]
    assert run(["scan", *arguments, "--redact", chosen]) == run(["scan", *arguments[:4], "-q"])
    files = [path for path in bundle.rglob("*") if path.is_file()]
    assert [path.name for path in (*files, report) if ADDRESS.encode() in path.read_bytes()] == []
    assert [path.name for path in files if KEY.encode() in path.read_bytes()] == []
    assert "Redacted-Values: subscription-endpoint 1\n" in (bundle / "bag-info.txt").read_text(encoding="utf-8")
    assert "replaced by pseudonyms" in (bundle / "data/README.txt").read_text(encoding="utf-8")
    assert "@redacted.invalid" in "".join(path.read_text(encoding="utf-8") for path in files if "sns." in path.name)
    data = json.loads(report.read_text(encoding="utf-8"))
    assert data["run"]["redacted"] == {"subscription-endpoint": 1}
    assert misfit(data, "assessment") == ""
    capsys.readouterr()
    assert run(["verify", str(bundle)]) == Exit.CLEAN
    assert "values were replaced by pseudonyms before the answers were sealed" in capsys.readouterr().out


def test_a_rule_that_chose_nothing_is_named(
    whole_route: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRAILWITNESS_REDACT_KEY", KEY)
    chosen = rules(tmp_path, "redact: [{kind: subscription-endpoint}, {at: /pages/*/Acounts}]")
    arguments = ["--snapshot", str(whole_route), "--rule", RULE, "--redact", chosen]
    run(["scan", *arguments])
    said = capsys.readouterr().err
    assert "note: the redaction rule #/pages/*/Acounts chose nothing" in said
    assert "subscription-endpoint chose" not in said


def test_the_same_key_gives_the_same_pseudonyms(whole_route: Path, tmp_path: Path) -> None:
    chosen = rules(tmp_path, "redact: [{kind: subscription-endpoint}]")
    names = {}
    for number, key in enumerate((KEY, KEY, KEY[::-1])):
        file = tmp_path / f"{number}.key"
        file.write_text(f"{key}\n", encoding="utf-8")
        bundle = tmp_path / f"bag{number}"
        arguments = ["--snapshot", str(whole_route), "--rule", RULE, "--bundle", str(bundle), "-q"]
        run(["scan", *arguments, "--redact", chosen, "--redact-key-file", str(file)])
        names[number] = (bundle / "tagmanifest-sha256.txt").read_bytes()
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("redact: [{at: /pages/*/Subscriptions/*/Protocol}]", KEY, f"would change what the rule {RULE} says"),
        ("redact: [{at: /pages/*/Attributes/Owner}]", KEY, "would still hold a value that is to be replaced"),
        ("redact: [{at: /pages/*/trailList/*/IsOrganizationTrail}]", KEY, "only text can be replaced"),
        ("redact: [{kind: nonsense}]", KEY, "must be one of 'account-email'"),
        ("redact: [{kind: ip-address}]", "short", "--redact needs a key of at least 16 bytes"),
        ("redact: [{kind: ip-address}]", "", "--redact needs a key of at least 16 bytes"),
    ],
)
def test_what_is_refused_leaves_nothing(
    text: str,
    key: str,
    words: str,
    whole_route: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TRAILWITNESS_REDACT_KEY", key)
    bundle = tmp_path / "bag"
    arguments = ["--snapshot", str(whole_route), "--rule", RULE, "--bundle", str(bundle), "-q"]
    assert run(["scan", *arguments, "--redact", rules(tmp_path, text)]) == Exit.ERROR
    assert words in capsys.readouterr().err
    assert not bundle.exists()


def test_a_credential_is_never_sealed(
    tmp_path: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRAILWITNESS_REDACT_KEY", KEY)
    leaky(snapshot, tmp_path / "leaky", "-----BEGIN PRIVATE KEY-----")
    bundle = tmp_path / "bag"
    arguments = ["--snapshot", str(tmp_path / "leaky"), "--rule", "trail.log-file-validation", "--bundle", str(bundle)]
    chosen = rules(tmp_path, "redact: [{kind: ip-address}]")
    assert run(["scan", *arguments, "-q", "--redact", chosen]) == Exit.ERROR
    assert "holds what looks like a private key at /pages/0/Note" in capsys.readouterr().err
    assert not bundle.exists()


def test_a_key_without_rules(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "key"
    key.write_text(KEY, encoding="utf-8")
    assert run(["scan", "--snapshot", str(snapshot), "--redact-key-file", str(key)]) == Exit.ERROR
    assert "--redact-key-file is given without --redact" in capsys.readouterr().err


def test_originals_of_an_account_are_never_on_the_disk(account: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bag"
    arguments = ["--rule", RULE, "--bundle", str(bundle), "--redact", str(account), "-q", *MORE]
    assert run(["scan", *arguments]) == Exit.CLEAN
    assert [path for path in tmp_path.rglob("*") if path.is_file() and ADDRESS.encode() in path.read_bytes()] == []
    assert list((tmp_path / "private").iterdir()) == []
    assert run(["verify", str(bundle)]) == Exit.CLEAN


def test_a_snapshot_is_collected_with_values_replaced(
    account: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "snapshot"
    assert run(["collect", "--rule", RULE, "-o", str(target), "--redact", str(account), "-q", *MORE]) == Exit.CLEAN
    assert [path for path in tmp_path.rglob("*") if path.is_file() and ADDRESS.encode() in path.read_bytes()] == []
    assert json.loads((target / "run.json").read_text(encoding="utf-8"))["redacted"] == {"subscription-endpoint": 1}
    assert run(["scan", "--snapshot", str(target), "--rule", RULE, "-q"]) == Exit.CLEAN
    account.write_text("redact: [{at: /pages/*/Subscriptions/*/Protocol}]", encoding="utf-8")
    assert run(["collect", "--rule", RULE, "-o", str(tmp_path / "other"), "--redact", str(account)]) == Exit.ERROR
    assert f"would change what the rule {RULE} says" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["private", "redaction.yaml", "snapshot"]


def test_a_credential_is_refused_without_any_rules_too(
    tmp_path: Path, snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    leaky(snapshot, tmp_path / "leaky", f"aws_secret_access_key = {secret}")
    bundle = tmp_path / "bag"
    arguments = ["--snapshot", str(tmp_path / "leaky"), "--rule", "trail.log-file-validation", "--bundle", str(bundle)]
    assert run(["scan", *arguments, "-q"]) == Exit.ERROR
    said = capsys.readouterr().err
    assert "holds what looks like the secret of an AWS access key at /pages/0/Note" in said
    assert secret not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["leaky", "snapshot"]


def leaky(snapshot: Path, target: Path, note: str) -> None:
    with SnapshotWriter(target) as writer:
        recorded = json.loads((snapshot / "run.json").read_text(encoding="utf-8"))
        for line in (snapshot / "calls.jsonl").read_text(encoding="utf-8").splitlines():
            call = json.loads(line)
            pages = json.loads((snapshot / call["file"]).read_text(encoding="utf-8"))["pages"]
            pages[0]["Note"] = note
            key = CallKey(call["account"], call["region"], call["operation"], call["arguments"])
            writer.record(key, Reply(pages=tuple(pages)), "2026-11-20T12:00:00Z")
        writer.finish(recorded)
