"""Every way of tampering that leaves no signature behind is noticed, and told by file and in words."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.bundle.check import bag_identity, check_bag
from reports.bundle.readers import Problem, open_bag
from scanner.errors import SnapshotError

TRAILS = "data/raw/111122223333/us-east-1/cloudtrail.DescribeTrails.json"
OTHER_TRAILS = "data/raw/444455556666/us-east-1/cloudtrail.DescribeTrails.json"


def _edit(bag: Path) -> None:
    path = bag / TRAILS
    path.write_bytes(path.read_bytes().replace(b"true", b"false"))


def _flip_a_bit(bag: Path) -> None:
    path = bag / "data/summary.txt"
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)


def _add(bag: Path) -> None:
    (bag / "data/raw/notes.txt").write_text("nothing to see")


def _add_tag_file(bag: Path) -> None:
    (bag / "manifest-md5.txt").write_text("")


def _add_empty_file(bag: Path) -> None:
    (bag / "data/.DS_Store").write_bytes(b"")


def _delete(bag: Path) -> None:
    (bag / "data/findings.csv").unlink()


def _rename(bag: Path) -> None:
    (bag / "data/findings.csv").rename(bag / "data/results.csv")


def _swap(bag: Path) -> None:
    first, second = bag / TRAILS, bag / OTHER_TRAILS
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)


def _edit_bag_info(bag: Path) -> None:
    path = bag / "bag-info.txt"
    path.write_text(path.read_text().replace("fail 2", "fail 0"))


def _delete_tag_manifest(bag: Path) -> None:
    (bag / "tagmanifest-sha256.txt").unlink()


def _delete_manifest(bag: Path) -> None:
    (bag / "manifest-sha256.txt").unlink()


def _delete_declaration(bag: Path) -> None:
    (bag / "bagit.txt").unlink()


def _link(bag: Path) -> None:
    path = bag / "data/findings.csv"
    kept = path.read_bytes()
    path.unlink()
    outside = bag.parent / "outside.csv"
    outside.write_bytes(kept)
    path.symlink_to(outside)


def _link_folder(bag: Path) -> None:
    (bag / "data/more").symlink_to(bag / "data/raw", target_is_directory=True)


def _special_file(bag: Path) -> None:
    os.mkfifo(bag / "data/pipe")


def _fetch(bag: Path) -> None:
    (bag / "fetch.txt").write_text("https://evil.test/a 1 data/a\n")


def _leave_the_bag(bag: Path) -> None:
    _append(bag, "manifest-sha256.txt", f"{'0' * 64}  data/../../outside.txt\n")


def _list_twice(bag: Path) -> None:
    _append(bag, "manifest-sha256.txt", f"{'0' * 64}  data/README.txt\n")


def _list_a_tag_file(bag: Path) -> None:
    _append(bag, "manifest-sha256.txt", f"{'0' * 64}  bagit.txt\n")


def _list_payload_as_tag(bag: Path) -> None:
    _append(bag, "tagmanifest-sha256.txt", f"{_digest(bag / 'data/README.txt')}  data/README.txt\n")


def _garbage_in_manifest(bag: Path) -> None:
    _append(bag, "manifest-sha256.txt", "hello\n")


def _case_twin(bag: Path) -> None:
    (bag / "data/readme.TXT").write_text("x")


def _drive_letter(bag: Path) -> None:
    (bag / "data/C:x").write_text("x")


def _other_unicode_form(bag: Path) -> None:
    (bag / "data/e\u0301").write_text("x")


@pytest.mark.parametrize(
    ("tamper", "file", "kind", "words"),
    [
        (_edit, TRAILS, "changed", "has changed: SHA-256 is "),
        (_flip_a_bit, "data/summary.txt", "changed", "has changed"),
        (_add, "data/raw/notes.txt", "added", "no manifest lists it"),
        (_add_tag_file, "manifest-md5.txt", "added", "no manifest lists it"),
        (_add_empty_file, "data/.DS_Store", "added", "no manifest lists it"),
        (_delete, "data/findings.csv", "missing", "is listed and is missing"),
        (_rename, "data/findings.csv", "renamed", "the same bytes are now at data/results.csv"),
        (_swap, TRAILS, "changed", f"these are the bytes of {OTHER_TRAILS}"),
        (_edit_bag_info, "bag-info.txt", "changed", "has changed"),
        (_delete_tag_manifest, "tagmanifest-sha256.txt", "missing", "is missing"),
        (_delete_manifest, "manifest-sha256.txt", "missing", "is missing"),
        (_delete_declaration, "bagit.txt", "missing", "is missing"),
        (_link, "data/findings.csv", "unsafe", "is a symbolic link"),
        (_link_folder, "data/more", "unsafe", "is a symbolic link"),
        (_special_file, "data/pipe", "unsafe", "neither a file nor a folder"),
        (_fetch, "fetch.txt", "unsafe", "asks for files from elsewhere"),
        (_leave_the_bag, "manifest-sha256.txt", "malformed", "data/../../outside.txt leads out of the bundle"),
        (_list_twice, "manifest-sha256.txt", "malformed", "lists data/README.txt a second time"),
        (_list_a_tag_file, "manifest-sha256.txt", "malformed", "lists bagit.txt, which is not under data/"),
        (_list_payload_as_tag, "tagmanifest-sha256.txt", "malformed", "lists data/README.txt, which is not a tag"),
        (_garbage_in_manifest, "manifest-sha256.txt", "malformed", "is not a SHA-256, two spaces and a name"),
        (_case_twin, "data/readme.TXT", "unsafe", "differs from data/README.txt only in case"),
        (_drive_letter, "data/C:x", "unsafe", "the name has a character of"),
        (_other_unicode_form, "data/e\u0301", "unsafe", "normalization form C"),
    ],
)
def test_tampering_is_named(tamper: Callable[[Path], None], file: str, kind: str, words: str, bag: Path) -> None:
    tamper(bag)
    problems = _check(bag)
    assert any(problem.file == file and problem.kind == kind and words in problem.message for problem in problems), (
        problems
    )


@pytest.mark.parametrize(
    "tamper", [_flip_a_bit, _add, _add_tag_file, _delete, _rename, _edit_bag_info, _delete_declaration, _fetch]
)
def test_one_tampering_is_one_file(tamper: Callable[[Path], None], bag: Path) -> None:
    tamper(bag)
    assert len({problem.file for problem in _check(bag)} - {"bag-info.txt"}) == (tamper is not _edit_bag_info)


def test_an_untouched_bundle_has_no_problem(bag: Path) -> None:
    assert _check(bag) == []


def test_every_tampering_is_named(bag: Path) -> None:
    for tamper in (_flip_a_bit, _delete, _add, _add_tag_file, _edit_bag_info):
        tamper(bag)
    assert {(problem.file, problem.kind) for problem in _check(bag)} == {
        ("bag-info.txt", "changed"),
        ("bag-info.txt", "malformed"),
        ("data/findings.csv", "missing"),
        ("data/raw/notes.txt", "added"),
        ("data/summary.txt", "changed"),
        ("manifest-md5.txt", "added"),
    }


def test_each_file_is_checked(bag: Path) -> None:
    for path in sorted(path for path in bag.rglob("*") if path.is_file()):
        kept = path.read_bytes()
        path.write_bytes(kept + b"\n")
        assert path.relative_to(bag).as_posix() in {problem.file for problem in _check(bag)}, path
        path.write_bytes(kept)
    assert _check(bag) == []


def test_new_manifests_do_not_hide_a_changed_answer(bag: Path) -> None:
    """Without a signature manifests can be made anew; the digests recorded when collecting still differ."""
    _edit(bag)
    _seal_again(bag)
    (problem,) = [problem for problem in _check(bag) if problem.file == TRAILS]
    assert problem.kind == "changed"
    assert "is not the answer recorded in data/calls.jsonl" in problem.message


def test_new_manifests_do_not_hide_an_added_or_removed_answer(bag: Path) -> None:
    (bag / "data/raw/111122223333/us-east-1/kms.DescribeKey.json").write_text('{"pages": []}')
    (bag / OTHER_TRAILS).unlink()
    _seal_again(bag)
    told = {(problem.file.rsplit("/", 1)[-1], problem.kind) for problem in _check(bag)}
    assert told >= {("kms.DescribeKey.json", "added"), ("cloudtrail.DescribeTrails.json", "missing")}


@pytest.mark.parametrize("text", ["{", "[]", '{"file": "x"}', "null", "[" * 100_000])
def test_calls_that_are_none(text: str, bag: Path) -> None:
    (bag / "data/calls.jsonl").write_text(f"{text}\n")
    _seal_again(bag)
    assert Problem("data/calls.jsonl", "malformed", "is not one recorded call a line") in _check(bag)


def test_a_wrong_total_is_noticed(bag: Path) -> None:
    (bag / "data/raw/notes.txt").write_text("x")
    _seal_again(bag)
    told = [problem.message for problem in _check(bag) if problem.file == "bag-info.txt"]
    assert len(told) == 1
    assert "states a Payload-Oxum of" in told[0]


@pytest.mark.parametrize("info", ["", "Payload-Oxum: 1.1\nPayload-Oxum: 2.2\n"])
def test_the_total_stands_exactly_once(info: str, bag: Path) -> None:
    (bag / "bag-info.txt").write_text(info)
    _seal_again(bag)
    assert [problem.file for problem in _check(bag)] == ["bag-info.txt"]


def test_another_declaration_is_refused(bag: Path) -> None:
    (bag / "bagit.txt").write_text("BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n")
    _seal_again(bag)
    assert _check(bag) == [Problem("bagit.txt", "malformed", "does not declare BagIt 1.0 in UTF-8")]


def test_a_tag_manifest_lists_all_tag_files(bag: Path) -> None:
    path = bag / "tagmanifest-sha256.txt"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if "bag-info" not in line))
    assert _check(bag) == [Problem("tagmanifest-sha256.txt", "malformed", "does not list bag-info.txt")]


def test_an_empty_manifest_is_refused(bag: Path) -> None:
    (bag / "manifest-sha256.txt").write_text("")
    assert "lists no file" in {problem.message for problem in _check(bag)}


def test_a_folder_that_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert _check(tmp_path / "empty") == [Problem("", "malformed", "The bundle holds no file.")]
    (tmp_path / "x").write_text("x")
    told = {(problem.file, problem.kind) for problem in _check(tmp_path)}
    assert told >= {("manifest-sha256.txt", "missing"), ("tagmanifest-sha256.txt", "missing"), ("x", "added")}


def test_a_file_that_cannot_be_read_is_a_problem(bag: Path) -> None:
    with open_bag(bag) as reader:
        (bag / "data/summary.txt").unlink()  # between listing and reading
        assert [(problem.file, problem.kind) for problem in check_bag(reader)] == [("data/summary.txt", "unreadable")]


def test_identity_is_the_digest_of_the_tag_manifest(bag: Path) -> None:
    with open_bag(bag) as reader:
        assert bag_identity(reader) == _digest(bag / "tagmanifest-sha256.txt")
    _delete_tag_manifest(bag)
    with open_bag(bag) as reader, pytest.raises(SnapshotError, match="has no file"):
        bag_identity(reader)


def test_problems_are_shown_by_file_and_cannot_drive_a_terminal() -> None:
    assert str(Problem("data/a\x1b", "added", "was added")) == r"data/a\u001b: was added"
    assert str(Problem("", "malformed", "The bundle holds no file.")) == "The bundle holds no file."


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        (
            [{"file": "logs/EV-0001.gz", "sha256": "0" * 64, "source": "a\nb"}],
            r"is not the log that was judged, a\u000ab",
        ),
        ([{"file": "logs/EV-0002.gz", "sha256": "0" * 64, "source": "c"}], "is missing: the log that was judged as c"),
        ([{"file": "", "sha256": "0" * 64, "source": "a"}], "data/logs.json does not name it"),
        ([], "data/logs.json does not name it"),
        ([7], "is not a list of logs under 'sources'"),
        ("logs", "is not a list of logs under 'sources'"),
        ([{"file": "logs/EV-0001.gz"}], "is not a list of logs under 'sources'"),
    ],
)
def test_logs_are_those_that_were_judged(sources: object, told: str, bag: Path) -> None:
    (bag / "data/logs").mkdir()
    (bag / "data/logs/EV-0001.gz").write_bytes(b"x")
    (bag / "data/logs.json").write_text(json.dumps({"sources": sources}))
    _seal_again(bag)
    assert any(problem.message.startswith(told) for problem in _check(bag))


def _check(bag: Path) -> list[Problem]:
    with open_bag(bag) as reader:
        return check_bag(reader)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _append(bag: Path, name: str, line: str) -> None:
    with (bag / name).open("a") as file:
        file.write(line)


def _seal_again(bag: Path) -> None:
    """Write both manifests anew, as someone with write access can."""
    payload = sorted(path for path in (bag / "data").rglob("*") if path.is_file())
    tags = [bag / name for name in ("bag-info.txt", "bagit.txt", "manifest-sha256.txt")]
    for manifest, names in (("manifest-sha256.txt", payload), ("tagmanifest-sha256.txt", tags)):
        lines = [f"{_digest(path)}  {path.relative_to(bag).as_posix()}\n" for path in names]
        (bag / manifest).write_text("".join(lines))
    assert json.loads((bag / "data/run.json").read_text())
