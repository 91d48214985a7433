"""The declared API: what is public, that it is light to import, and that it answers as the command does."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

import trailwitness
from scanner.cli import run
from scanner.cli.exit_codes import Exit

RULE = "trail.log-file-validation"
LOG_RULE = "event.logging-stopped"


def test_every_name_is_there_once() -> None:
    assert len(set(trailwitness.__all__)) == len(trailwitness.__all__)
    for name in trailwitness.__all__:
        assert getattr(trailwitness, name) is not None
    assert set(trailwitness.__all__) <= set(dir(trailwitness))
    with pytest.raises(AttributeError, match="nothing_here"):
        _ = trailwitness.nothing_here


def test_types_and_names_agree() -> None:
    """What mypy sees is imported under ``TYPE_CHECKING``, what runs is looked up; both are ``__all__``."""
    text = Path(trailwitness.__file__).read_text(encoding="utf-8")
    typed = {line.rpartition(" as ")[2] for line in text.splitlines() if " import " in line and " as " in line}
    assert typed == set(trailwitness.__all__)


def test_importing_loads_nothing_heavy() -> None:
    code = (
        "import sys, trailwitness; print([m for m in ('boto3', 'yaml', 'click', 'scanner.model') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_scan_is_what_the_command_writes(workplace: Path) -> None:
    judged = trailwitness.scan(workplace / "snapshot", rules=[RULE])
    assert run(["scan", "--snapshot", "snapshot", "--rule", RULE, "-q", "-o", "json=x.json"]) == Exit.FINDINGS
    assert trailwitness.report(judged, "json") == Path("x.json").read_bytes()
    trailwitness.seal(judged, "bundle")
    run(["scan", "--snapshot", "snapshot", "--rule", RULE, "-q", "--bundle", "other"])
    ours, theirs = (Path(name, "manifest-sha256.txt").read_bytes() for name in ("bundle", "other"))
    assert ours == theirs


def test_parameters_are_values(workplace: Path) -> None:
    rules = ["trail.digest-delivery-fresh"]
    judged = trailwitness.scan(
        workplace / "snapshot", rules=rules, parameters={"trail.digest-delivery-fresh.max_age_hours": 6}
    )
    assert [setting.value for setting in judged.selection.settings if setting.origin == "flag"] == [6]
    with pytest.raises(trailwitness.UsageError, match="cannot hold a comma"):
        trailwitness.scan("snapshot", rules=rules, parameters={"trail.digest-delivery-fresh.x": ["a,b"]})


def test_a_snapshot_is_judged_offline(workplace: Path) -> None:
    with pytest.raises(trailwitness.UsageError, match="judged offline"):
        trailwitness.scan(workplace / "snapshot", rules=[RULE], account=trailwitness.Account())
    with pytest.raises(trailwitness.UsageError, match="judged offline"):
        trailwitness.scan(workplace / "snapshot", rules=[RULE], record_to="x")


def test_what_was_not_kept_is_not_sealed(workplace: Path) -> None:
    judged = trailwitness.scan(workplace / "snapshot", rules=[RULE])
    unkept = trailwitness.Scan(judged.assessment, judged.selection, None)
    with pytest.raises(trailwitness.UsageError, match="not kept"):
        trailwitness.seal(unkept, "bundle")
    trailwitness.seal(judged, "bundle")
    with pytest.raises(trailwitness.UsageError):
        trailwitness.seal(judged, "bundle")


@pytest.mark.parametrize("with_logs", [True, False])
def test_logs_are_sealed_later_as_at_once(with_logs: bool, workplace: Path) -> None:
    judged = trailwitness.judge_logs(["logs"], rules=[LOG_RULE], bundle="at-once", with_logs=with_logs)
    trailwitness.seal(judged, "later", with_logs=with_logs)
    manifests = [(workplace / name / "manifest-sha256.txt").read_bytes() for name in ("at-once", "later")]
    assert manifests[0] == manifests[1]
    assert trailwitness.verify("later", logs=[] if with_logs else ["logs"]).verified
    assert trailwitness.verify("later").verified is with_logs
    (workplace / "logs" / "trail.json").write_text("{}", encoding="utf-8")
    if with_logs:
        with pytest.raises(trailwitness.SnapshotError):
            trailwitness.seal(judged, "changed")
        assert not Path("changed").exists()


def test_a_window_of_time_without_a_zone_is_utc(workplace: Path) -> None:
    until = datetime(2026, 11, 20, 7, 1, 30)  # noqa: DTZ001 - a time without a zone is what is asked about
    judged = trailwitness.judge_logs([workplace / "logs"], rules=[LOG_RULE], until=until)
    assert judged.run.until == "2026-11-20T07:01:30Z"
    assert judged.assessment.summary.records == 1


def test_a_bundle_that_is_not_there() -> None:
    with pytest.raises(trailwitness.UsageError, match="no bundle at nowhere"):
        trailwitness.verify("nowhere")


def test_a_format_that_is_not_there(workplace: Path) -> None:
    judged = trailwitness.scan(workplace / "snapshot", rules=[RULE])
    with pytest.raises(trailwitness.UsageError, match="Did you mean 'junit'"):
        trailwitness.report(judged, "junitt")


def test_several_snapshots_are_judged_as_one(workplace: Path) -> None:
    one = trailwitness.scan(workplace / "snapshot", rules=[RULE])
    twice = trailwitness.scan([workplace / "snapshot", workplace / "snapshot"], rules=[RULE])
    assert twice.assessment.findings == one.assessment.findings
    with pytest.raises(trailwitness.UsageError, match="No snapshot is given"):
        trailwitness.scan([], rules=[RULE])


def test_a_bundle_is_signed_and_its_signature_checked(workplace: Path) -> None:
    del workplace
    pair = Ed25519PrivateKey.generate()
    Path("audit.pem").write_bytes(pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    Path("audit.pub.pem").write_bytes(public)
    judged = trailwitness.scan("snapshot", rules=[RULE])
    trailwitness.seal(judged, "first")
    trailwitness.seal(judged, "second", sign="audit.pem", previous="first")
    found = trailwitness.verify("second", public_keys=["audit.pub.pem"])
    assert found.verified
    assert [item.worth for item in found.signatures] == ["trusted"]
    unsigned = trailwitness.verify("first", public_keys=["audit.pub.pem"])
    assert (unsigned.verified, unsigned.tampered) == (False, True)
    undecided = trailwitness.verify("second", require_signature=True)
    assert (undecided.verified, undecided.tampered) == (False, False)
    assert trailwitness.verify("second").verified


def test_a_comparison_takes_what_was_judged_and_what_was_written(workplace: Path) -> None:
    judged = trailwitness.scan(workplace / "snapshot", rules=[RULE])
    Path("judged.json").write_bytes(trailwitness.report(judged, "json"))
    for other in (judged, judged.assessment, "judged.json", Path("judged.json")):
        found = trailwitness.diff("judged.json", other)
        assert [pair.change for pair in found.pairs] == [trailwitness.Change.SAME]
        assert found.setups == ()
    text = trailwitness.report(found, "text").decode()
    assert "are the same" in text
    assert run(["diff", "judged.json", "judged.json", "-o", "html=page.html", "-o", "json=diff.json"]) == Exit.CLEAN
    assert trailwitness.report(found, "html") == Path("page.html").read_bytes()
    assert trailwitness.report(found, "json") == Path("diff.json").read_bytes()
    with pytest.raises(trailwitness.UsageError, match="no format 'junit'"):
        trailwitness.report(found, "junit")
    with pytest.raises(trailwitness.UsageError, match="the older assessment is judged over"):
        trailwitness.diff(trailwitness.judge_logs(["logs"], rules=[LOG_RULE]), judged)


def test_a_baseline_and_a_sample_are_what_the_commands_write(workplace: Path) -> None:
    judged = trailwitness.scan(workplace / "snapshot", rules=[RULE])
    Path("judged.json").write_bytes(trailwitness.report(judged, "json"))
    assert run(["baseline", "create", "judged.json", "-o", "known.json"]) == Exit.CLEAN
    assert trailwitness.baseline(judged).text == Path("known.json").read_text(encoding="utf-8")
    known = trailwitness.scan(workplace / "snapshot", rules=[RULE], baseline="known.json")
    assert [finding.known for finding in known.assessment.findings] == [True]
    options = ["--rule", RULE, "--size", "1", "--seed", "7", "-o", "drawn.json"]
    assert run(["sample", "judged.json", *options]) == Exit.CLEAN
    drawn = trailwitness.sample("judged.json", rule=RULE, size=1, seed="7")
    assert trailwitness.report(drawn, "json") == Path("drawn.json").read_bytes()


def test_values_are_replaced_before_a_snapshot_is_kept(workplace: Path) -> None:
    del workplace
    Path("redaction.yaml").write_text("redact: [{at: /pages/*/trailList/*/Name}]", encoding="utf-8")
    redaction = trailwitness.Redaction(Path("redaction.yaml"), b"0123456789abcdef")
    assert "0123456789abcdef" not in repr(redaction)
    unkept = trailwitness.scan("snapshot", rules=[RULE], redaction=redaction)
    assert unkept.snapshot is None
    kept = trailwitness.scan("snapshot", rules=[RULE], redaction=redaction, record_to="kept")
    assert kept.assessment == unkept.assessment
    assert isinstance(kept.assessment.run, trailwitness.ScanRun)
    assert dict(kept.assessment.run.redacted) == {"#/pages/*/trailList/*/Name": 1}
    assert any('"Name": "redacted-' in path.read_text(encoding="utf-8") for path in Path("kept").rglob("*.json"))
    assert trailwitness.verify(trailwitness.seal(kept, "bundle")).verified
    with pytest.raises(trailwitness.UsageError, match="already exists"):
        trailwitness.scan("snapshot", rules=[RULE], redaction=redaction, record_to="kept")


def test_a_bundle_is_signed_later_and_a_chain_is_walked(workplace: Path) -> None:
    del workplace
    pair = Ed25519PrivateKey.generate()
    Path("audit.pem").write_bytes(pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    judged = trailwitness.scan("snapshot", rules=[RULE])
    first = trailwitness.seal(judged, "first.zip")
    assert trailwitness.sign(first, "audit.pem").startswith("signatures/")
    assert [item.worth for item in trailwitness.verify(first).signatures] == ["key-inside"]
    trailwitness.seal(judged, "second.zip", previous=first)
    whole = trailwitness.chain(["second.zip", "first.zip"])
    assert (whole.problems, len(whole.links)) == ((), 2)
    (problem,) = trailwitness.chain(["second.zip"]).problems
    assert "names a predecessor that is not here" in problem
    with pytest.raises(trailwitness.UsageError, match="Sign the bundle"):
        trailwitness.seal(judged, "third", tsa_url="http://127.0.0.1:9")
    with pytest.raises(trailwitness.UsageError, match="Name a bundle"):
        trailwitness.judge_logs(["logs"], rules=[LOG_RULE], sign="audit.pem")


def test_log_records_are_judged_with_values_replaced(workplace: Path) -> None:
    del workplace
    Path("redaction.yaml").write_text("redact: [{at: /userIdentity/arn}]", encoding="utf-8")
    redaction = trailwitness.Redaction(Path("redaction.yaml"), b"0123456789abcdef")
    plain = trailwitness.judge_logs(["logs"], rules=[LOG_RULE])
    judged = trailwitness.judge_logs(["logs"], rules=[LOG_RULE], redaction=redaction, bundle="bundle")
    assert [item.outcome for item in plain.assessment.findings] == ["fail"]
    assert [item.outcome for item in judged.assessment.findings] == ["fail"]
    assert list(judged.assessment.run.redacted) == ["#/userIdentity/arn"]
    assert trailwitness.verify("bundle").verified
    with pytest.raises(trailwitness.SourceError, match="Seal it in the run that judges it"):
        trailwitness.seal(judged, "later")
