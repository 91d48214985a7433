"""A snapshot folder is whole or not there, and nothing that was changed afterwards is believed."""

import json
import os
import shutil
import stat
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import SnapshotError, UsageError
from scanner.model import CallKey, GapKind
from scanner.snapshot.answers import SCHEMA, CallError, Reply, Snapshot
from scanner.snapshot.folder import SnapshotWriter, read_snapshot
from scanner.snapshot.partly import NotKnownError, UnknownPlace
from scanner.snapshot.raw_json import digest

ACCOUNT = "111122223333"
RUN: dict[str, Any] = {
    "schema": SCHEMA,
    "started": "2026-11-20T12:00:00Z",
    "partition": "aws",
    "scope": {"accounts": {ACCOUNT: {"regions": ["us-east-1"], "skipped": {}}}},
}
TRAILS = (ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails")


def write(target: Path) -> Snapshot:
    with SnapshotWriter(target) as writer:
        writer.record(
            CallKey(*TRAILS, {"includeShadowTrails": True}),
            Reply(
                date="2026-11-20T12:00:01Z",
                request_ids=("r-1", "r-2"),
                pages=(
                    {"trailList": [{"TrailARN": "main"}]},
                    {"trailList": []},
                ),
                items=1,
            ),
            "2026-11-20T12:00:00Z",
        )
        writer.record(
            CallKey(*(ACCOUNT, "us-east-1", "sts.GetCallerIdentity"), {}),
            Reply(pages=({},), items=1),
            "2026-11-20T12:00:00Z",
        )
        writer.record(
            CallKey(*(ACCOUNT, "us-east-1", "kms.DescribeKey"), {"KeyId": "k"}),
            Reply(error=CallError(GapKind.DENIED, "AccessDeniedException", "no")),
            "2026-11-20T12:00:00Z",
        )
        return writer.finish(RUN)


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    write(tmp_path / "snapshot")
    return tmp_path / "snapshot"


def change(snapshot: Path, **members: Any) -> None:
    """Overwrite members of the first line of calls.jsonl."""
    path = snapshot / "calls.jsonl"
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([json.dumps({**json.loads(first), **members}), *rest]), encoding="utf-8")


def test_what_is_written_is_read(snapshot: Path) -> None:
    read = read_snapshot(snapshot)
    answer = read.ask(ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True})
    assert list(answer.items("trailList")) == [("/pages/0/trailList/0", {"TrailARN": "main"})]
    assert len(answer.pages) == 2
    denied = read.ask(ACCOUNT, "us-east-1", "kms.DescribeKey", {"KeyId": "k"})
    assert denied.gap is not None
    assert denied.gap.kind == "denied"
    assert [call.operation for call in read.calls] == [
        "cloudtrail.DescribeTrails",
        "kms.DescribeKey",
        "sts.GetCallerIdentity",
    ]
    first = read.calls[0]
    assert (first.request_ids, first.date, first.pages, first.items) == (("r-1", "r-2"), "2026-11-20T12:00:01Z", 2, 1)
    assert read.run == RUN


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.json*")}


def test_the_same_answers_give_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a")
    write(tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert len(contents(tmp_path / "a")) == 4


def test_only_the_owner_may_read(snapshot: Path) -> None:
    for path in [snapshot, *snapshot.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_zip_file_and_a_bundle_are_read_too(snapshot: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(snapshot, bundle / "data")
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as file:
        for member in sorted(bundle.rglob("*")):
            file.write(member, f"evidence/{member.relative_to(bundle)}")
    for source in (bundle, path):
        answer = read_snapshot(source).ask(
            ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True}
        )
        assert len(answer.pages) == 2


def test_nothing_is_left_of_a_failed_run(tmp_path: Path) -> None:
    target = tmp_path / "snapshot"

    def interrupted() -> None:
        with SnapshotWriter(target) as writer:
            writer.record(CallKey(*TRAILS, {}), Reply(pages=({"trailList": []},)), "2026-11-20T12:00:00Z")
            assert list(tmp_path.rglob("cloudtrail.*"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list(tmp_path.iterdir())


def test_a_late_answer_brings_nothing_back(tmp_path: Path) -> None:
    """Calls under way at an interrupt end later; by then the folder is gone and must stay gone."""
    with SnapshotWriter(tmp_path / "snapshot") as writer:
        writer.record(CallKey(*TRAILS, {}), Reply(pages=({"trailList": []},)), "2026-11-20T12:00:00Z")
        folder = next(tmp_path.iterdir())
    folder.mkdir()
    with pytest.raises(UsageError, match="the collection has ended"):
        writer.record(CallKey(*TRAILS, {"a": 1}), Reply(pages=({"trailList": []},)), "2026-11-20T12:00:00Z")
    assert not list(folder.iterdir())


def test_the_end_waits_for_the_file_that_is_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = SnapshotWriter(tmp_path / "snapshot")
    ending = threading.Thread(target=writer.__exit__, args=(None, None, None))
    opened = os.open
    waited: list[bool] = []

    def open_slowly(*arguments: Any, **options: Any) -> int:
        if not waited:
            waited.append(True)
            ending.start()
            ending.join(timeout=0.2)
            waited.append(ending.is_alive())
        return opened(*arguments, **options)

    monkeypatch.setattr("scanner.snapshot.folder.os.open", open_slowly)
    writer.record(CallKey(*TRAILS, {}), Reply(pages=({},)), "2026-11-20T12:00:00Z")
    ending.join(timeout=20)
    assert waited == [True, True]
    assert not list(tmp_path.iterdir())


def test_an_existing_target_is_refused_at_the_start_and_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "snapshot"
    with SnapshotWriter(target) as writer:
        target.symlink_to(tmp_path / "nowhere")
        with pytest.raises(UsageError, match="already exists"):
            writer.finish(RUN)
    assert target.is_symlink()
    with pytest.raises(UsageError, match="already exists"):
        SnapshotWriter(target)
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be written"):
        SnapshotWriter(tmp_path / "file" / "snapshot")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with SnapshotWriter(tmp_path / "snapshot") as writer:
        monkeypatch.setattr(os, "open", full)
        with pytest.raises(UsageError, match="No space left on device"):
            writer.record(CallKey(*TRAILS, {}), Reply(pages=({"trailList": []},)), "2026-11-20T12:00:00Z")
    with SnapshotWriter(tmp_path / "other") as writer:
        monkeypatch.undo()
        monkeypatch.setattr(Path, "rename", full)
        with pytest.raises(UsageError, match="No space left on device"):
            writer.finish(RUN)


def test_a_call_is_never_recorded_twice(tmp_path: Path) -> None:
    with SnapshotWriter(tmp_path / "snapshot") as writer:
        writer.record(CallKey(*TRAILS, {}), Reply(error=CallError(GapKind.DENIED, "x", "")), "")
        with pytest.raises(AssertionError, match="twice"):
            writer.record(CallKey(*TRAILS, {}), Reply(error=CallError(GapKind.DENIED, "x", "")), "")


def test_deep_folders_are_made(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b" / "snapshot")
    assert (tmp_path / "a" / "b" / "snapshot" / "run.json").is_file()


def raw(snapshot: Path) -> Path:
    return next((snapshot / "raw").rglob("cloudtrail.DescribeTrails*"))


def test_places_that_are_not_known_are_written_and_read(tmp_path: Path) -> None:
    places = (UnknownPlace("/pages/0/trailList/0/KmsKeyId", "a plan"), UnknownPlace("/pages/0/trailList/1", "a plan"))
    listed = {"trailList": [{"TrailARN": "main", "KmsKeyId": None}, {}, {"TrailARN": "other"}]}
    with SnapshotWriter(tmp_path / "snapshot") as writer:
        writer.record(CallKey(*TRAILS), Reply(pages=(listed,), unknown=places), "2026-11-20T12:00:00Z")
        writer.finish(RUN)
    read = read_snapshot(tmp_path / "snapshot")
    assert [call.unknown for call in read.calls] == [places]
    answer = read.ask(*TRAILS)
    assert answer.gap is not None
    assert (answer.gap.kind, answer.gap.pointer) == (GapKind.NOT_KNOWN, "/pages/0/trailList/0/KmsKeyId")
    assert answer.gap.reason.endswith(" is not known (a plan) (1 more place of the answer is listed among the gaps)")
    assert tuple(UnknownPlace(gap.pointer, "a plan") for gap in answer.gaps) == places
    assert [pointer for pointer, _ in answer.items("trailList")] == ["/pages/0/trailList/2"]
    finer = answer.in_part
    assert finer.gap is not None
    assert finer.gap.pointer == "/pages/0/trailList/1"
    (first, trail), (last, _) = finer.items("trailList")
    assert (first, last) == ("/pages/0/trailList/0", "/pages/0/trailList/2")
    assert trail["TrailARN"] == "main"
    with pytest.raises(NotKnownError):
        trail.get("KmsKeyId")


def test_an_answer_that_is_also_malformed_says_both(tmp_path: Path) -> None:
    listed = {"trailList": [{"TrailARN": "main"}, {"TrailARN": 7}]}
    place = UnknownPlace("/pages/0/trailList/0/KmsKeyId", "a plan")
    with SnapshotWriter(tmp_path / "snapshot") as writer:
        writer.record(CallKey(*TRAILS), Reply(pages=(listed,), unknown=(place,)), "2026-11-20T12:00:00Z")
        answer = writer.finish(RUN).ask(*TRAILS)
    assert [gap.kind for gap in answer.gaps] == [GapKind.INVALID, GapKind.NOT_KNOWN]
    assert [gap.kind for gap in answer.in_part.gaps] == [GapKind.INVALID]
    assert [pointer for pointer, _ in answer.in_part.items("trailList")] == ["/pages/0/trailList/0"]
    assert not list(answer.items("trailList"))


def test_a_raw_file_that_was_changed_is_refused(snapshot: Path) -> None:
    content = raw(snapshot).read_bytes()
    raw(snapshot).write_bytes(content.replace(b"main", b"mail"))
    with pytest.raises(SnapshotError, match="SHA-256"):
        read_snapshot(snapshot)
    raw(snapshot).write_bytes(content + b" ")
    with pytest.raises(SnapshotError, match="bytes"):
        read_snapshot(snapshot)
    raw(snapshot).unlink()
    with pytest.raises(SnapshotError, match="missing"):
        read_snapshot(snapshot)


def test_a_raw_file_that_changes_after_opening_is_refused(snapshot: Path) -> None:
    opened = read_snapshot(snapshot)
    raw(snapshot).write_bytes(raw(snapshot).read_bytes().replace(b"main", b"mail"))
    with pytest.raises(SnapshotError, match="SHA-256"):
        opened.ask(ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True})


def test_a_raw_file_behind_a_link_is_refused(snapshot: Path, tmp_path: Path) -> None:
    place, moved = raw(snapshot), tmp_path / "moved.json"
    place.rename(moved)
    place.symlink_to(moved)
    with pytest.raises(SnapshotError, match="symbolic link"):
        read_snapshot(snapshot)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"file": "../../../etc/passwd"}, "names the file"),
        ({"file": "raw/1/2/x.json"}, "names the file"),
        ({"file": "", "error": None}, "names the file"),
        ({"operation": "../../etc.X"}, "names the operation"),
        ({"operation": "s3"}, "names the operation"),
        ({"account": 1}, "no text under 'account'"),
        ({"started": "yesterday"}, "no time under 'started'"),
        ({"pages": "1"}, "no count under 'pages'"),
        ({"bytes": -1}, "no count under 'bytes'"),
        ({"items": True}, "no count under 'items'"),
        ({"arguments": []}, "no object under 'arguments'"),
        ({"request_ids": [1]}, "'request_ids'"),
        ({"error": "denied"}, "kind, code and message"),
        ({"error": {"kind": "lost", "code": "", "message": ""}}, "unknown kind 'lost'"),
        ({"error": {"kind": "denied", "code": "", "message": ""}}, "where none is due"),
        ({"sha256": "0" * 64}, "SHA-256"),
        ({"bytes": 1}, "recorded were 1"),
        ({"arguments": {}}, "names the file"),
        ({"unknown": None}, "no list of objects of a pointer and a reason under 'unknown'"),
        ({"unknown": ["/pages/0"]}, "no list of objects of a pointer and a reason"),
        ({"unknown": [{"pointer": "/pages/0"}]}, "no list of objects of a pointer and a reason"),
        ({"unknown": [{"pointer": "/pages/0", "reason": " "}]}, "no list of objects of a pointer and a reason"),
        ({"unknown": [{"pointer": "/pages/0", "reason": "a plan"}] * 2}, "marks a place twice under 'unknown'"),
        (
            {
                "unknown": [{"pointer": "/pages/0", "reason": "a plan"}],
                "error": {"kind": "denied", "code": "", "message": ""},
                "file": "",
            },
            "of an answer that was not given",
        ),
        ({"unknown": [{"pointer": "pages/0", "reason": "a plan"}]}, "'pages/0' is not a JSON Pointer"),
        ({"unknown": [{"pointer": "/pages/7", "reason": "a plan"}]}, "'/pages/7' leads nowhere"),
        ({"unknown": [{"pointer": "/pages/0/trailList/7", "reason": "a plan"}]}, "leads nowhere: '7' is not an index"),
    ],
)
def test_a_list_of_calls_that_was_changed_is_refused(snapshot: Path, members: dict[str, Any], words: str) -> None:
    change(snapshot, **members)
    with pytest.raises(SnapshotError, match=words):
        read_snapshot(snapshot)


@pytest.mark.parametrize("text", ["not json", "[1]", '{"a": NaN}', "[" * 100_000, '"\xff"'])
def test_a_list_of_calls_that_is_no_json_is_refused(snapshot: Path, text: str) -> None:
    with (snapshot / "calls.jsonl").open("a", encoding="latin-1") as file:
        file.write(text + "\n")
    with pytest.raises(SnapshotError, match=r"calls\.jsonl:4"):
        read_snapshot(snapshot)


def test_a_call_that_is_listed_twice_is_refused(snapshot: Path) -> None:
    path = snapshot / "calls.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[0]]), encoding="utf-8")
    with pytest.raises(SnapshotError, match="repeats the call"):
        read_snapshot(snapshot)


@pytest.mark.parametrize(
    ("change_run", "words"),
    [
        (lambda run: run.update(schema="trailwitness/snapshot/v9"), "version 'trailwitness/snapshot/v9'"),
        (lambda run: run.pop("started"), "time of collection"),
        (lambda run: run.update(started="yesterday"), "time of collection"),
        (lambda run: run.update(started="2026-11-20T12:00:00"), "time of collection"),
        (lambda run: run.update(scope=[]), "names no accounts"),
        (lambda run: run["scope"].update(accounts={}), "names no accounts"),
        (lambda run: run["scope"].update(accounts={"1": {"regions": "x"}}), "lists no Regions"),
        (lambda run: run["scope"].update(accounts={"1": []}), "lists no Regions"),
        (lambda run: run["scope"]["accounts"][ACCOUNT].update(skipped=None), "no reasons under 'skipped'"),
        (lambda run: run["scope"]["accounts"][ACCOUNT].update(skipped={"eu-west-1": 1}), "no reasons under 'skipped'"),
        (lambda run: run["scope"].update(asked="enabled"), "no object under 'asked'"),
        (lambda run: run.update(started="0001-01-01T00:00:00+14:00"), "time of collection"),
        (lambda run: run.update(finished=7), "no text under 'finished'"),
        (lambda run: run.update(partition=["aws"]), "no text under 'partition'"),
        (lambda run: run.update(caller="me"), "no object of texts under 'caller'"),
        (lambda run: run.update(tool={"version": 1}), "no object of texts under 'tool'"),
        (lambda run: run.update(dependencies=[]), "no object of texts under 'dependencies'"),
        (lambda run: run.update(finished="later"), "no time under 'finished'"),
        (lambda run: run.update(rules=7), "no list of texts under 'rules'"),
        (lambda run: run.update(rules=[7]), "no list of texts under 'rules'"),
    ],
)
def test_a_run_that_cannot_be_is_refused(snapshot: Path, change_run: Callable[[Any], Any], words: str) -> None:
    run = json.loads((snapshot / "run.json").read_text(encoding="utf-8"))
    change_run(run)
    (snapshot / "run.json").write_text(json.dumps(run), encoding="utf-8")
    with pytest.raises(SnapshotError, match=words):
        read_snapshot(snapshot)


def test_a_run_that_is_no_object_is_refused(snapshot: Path) -> None:
    (snapshot / "run.json").write_text("[]", encoding="utf-8")
    with pytest.raises(SnapshotError, match="not a JSON object"):
        read_snapshot(snapshot)


def test_a_missing_list_of_calls_is_named(snapshot: Path) -> None:
    (snapshot / "calls.jsonl").unlink()
    with pytest.raises(SnapshotError, match=r"calls\.jsonl"):
        read_snapshot(snapshot)


@pytest.mark.parametrize("content", [b"[", b"[]", b'{"pages": []}', b'{"pages": {}}', b"\xff"])
def test_a_raw_file_without_pages_is_refused_when_it_is_asked_for(snapshot: Path, content: bytes) -> None:
    raw(snapshot).write_bytes(content)
    change(snapshot, sha256=digest(content), bytes=len(content))
    opened = read_snapshot(snapshot)
    with pytest.raises(SnapshotError, match="cloudtrail"):
        opened.ask(ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True})


def test_weird_text_is_kept(tmp_path: Path) -> None:
    page = {"trailList": [{"TrailARN": "\ud800 \u202e é \0"}]}
    with SnapshotWriter(tmp_path / "s") as writer:
        writer.record(CallKey(*TRAILS, {"\udfff": "\ud800"}), Reply(pages=(page,), items=1), "2026-11-20T12:00:00Z")
        written = writer.finish(RUN)
    answer = written.ask(*TRAILS, {"\udfff": "\ud800"})
    assert answer.pages == (page,)


def test_nothing_written_turns_or_hides_text(tmp_path: Path) -> None:
    """Whoever prints a raw answer, the list of calls or run.json sees escapes: the same JSON values."""
    hostile = "\x9b31m \u202e \u2066 \u200b \ufeff \u2028 \U000e0041 é"
    page = {"trailList": [{"TrailARN": hostile}]}
    with SnapshotWriter(tmp_path / "s") as writer:
        writer.record(CallKey(*TRAILS, {hostile: hostile}), Reply(pages=(page,), items=1), "2026-11-20T12:00:00Z")
        written = writer.finish({**RUN, "caller": {"arn": hostile}})
    assert written.ask(*TRAILS, {hostile: hostile}).pages == (page,)
    assert written.run["caller"]["arn"] == hostile
    for path in (tmp_path / "s").rglob("*.json*"):
        text = path.read_text(encoding="utf-8")
        assert "é" in text
        assert not any(character in text for character in hostile.replace(" ", "").replace("é", "").replace("31m", ""))


@pytest.mark.parametrize("depth", [70, 900, 100_000])
def test_lists_nested_too_deeply_are_refused(snapshot: Path, depth: int) -> None:
    path = snapshot / "calls.jsonl"
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    deep = first.replace('"arguments":{', f'"arguments":{{"a":{"[" * depth}{"]" * depth},', 1)
    path.write_text("\n".join([deep, *rest]), encoding="utf-8")
    with pytest.raises(SnapshotError, match=r"calls\.jsonl:1 .*(nested more than 64 deep|recursion)"):
        read_snapshot(snapshot)


def test_a_malformed_answer_is_a_gap_at_its_place(snapshot: Path) -> None:
    content = b'{"pages": [{"trailList": [null, {"TrailARN": "a"}]}, 5, {"trailList": "text"}]}'
    raw(snapshot).write_bytes(content)
    change(snapshot, sha256=digest(content), bytes=len(content))
    answer = read_snapshot(snapshot).ask(
        ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True}
    )
    assert answer.gap is not None
    assert (answer.gap.kind, answer.gap.pointer) == ("invalid", "/pages/0/trailList/0")
    assert "2 more places of the answer are listed among the gaps" in answer.gap.reason
    assert list(answer.items("trailList")) == [("/pages/0/trailList/1", {"TrailARN": "a"})]


@pytest.mark.parametrize(("number", "fits"), [("9" * 5000, False), ("1e400", False), ("NaN", False), ("7", True)])
def test_numbers_that_no_field_can_hold_are_gaps(tmp_path: Path, number: str, *, fits: bool) -> None:
    call = ("us-east-1", "logs.DescribeLogGroups")
    with SnapshotWriter(tmp_path / "s") as writer:
        page = {"logGroups": [{"logGroupName": "a", "retentionInDays": 7}]}
        writer.record(CallKey(*(ACCOUNT, *call), {}), Reply(pages=(page,), items=1), "2026-11-20T12:00:00Z")
        writer.finish(RUN)
    (file,) = (tmp_path / "s" / "raw").rglob("*.json")
    content = file.read_bytes().replace(b": 7", f": {number}".encode())
    file.write_bytes(content)
    change(tmp_path / "s", sha256=digest(content), bytes=len(content))
    answer = read_snapshot(tmp_path / "s").ask(ACCOUNT, *call)
    assert (answer.gap is None) is fits
    if answer.gap is not None:
        assert answer.gap.pointer == "/pages/0/logGroups/0/retentionInDays"


DENIED = {"regions": [], "skipped": {}, "reason": "the role could not be assumed: AccessDenied"}


def with_scope(snapshot: Path, **scope: Any) -> Path:
    """Overwrite members of the scope of run.json."""
    path = snapshot / "run.json"
    run = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**run, "scope": {**run["scope"], **scope}}), encoding="utf-8")
    return snapshot


def test_an_account_that_could_not_be_looked_at_says_why(snapshot: Path) -> None:
    accounts = {**RUN["scope"]["accounts"], "444455556666": DENIED}
    read = read_snapshot(with_scope(snapshot, accounts=accounts, skipped={"777788889999": "the account is suspended"}))
    assert read.accounts == (ACCOUNT, "444455556666")
    assert read.left_out("444455556666") == DENIED["reason"]
    assert not read.left_out(ACCOUNT)
    assert read.passed_over == {"777788889999": "the account is suspended"}


@pytest.mark.parametrize(
    ("scope", "problem"),
    [
        (
            {"accounts": {ACCOUNT: {"regions": [], "skipped": {}}}},
            "lists no Regions for account .* and gives no reason",
        ),
        ({"accounts": {ACCOUNT: {**DENIED, "reason": " "}}}, "gives no reason"),
        ({"accounts": {ACCOUNT: {**DENIED, "reason": 5}}}, "no text under 'reason'"),
        ({"accounts": {ACCOUNT: {**DENIED, "regions": ["us-east-1"]}}}, "was not looked at, and Regions"),
        ({"skipped": ["777788889999"]}, "no reasons under 'skipped' of 'scope'"),
        ({"skipped": {ACCOUNT: "it is suspended"}}, "both as looked at and as skipped"),
    ],
)
def test_a_scope_that_contradicts_itself(scope: dict[str, Any], problem: str, snapshot: Path) -> None:
    with pytest.raises(SnapshotError, match=problem):
        read_snapshot(with_scope(snapshot, **scope))
