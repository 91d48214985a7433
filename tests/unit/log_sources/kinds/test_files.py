"""Files, folders, globs, zip files and standard input as sources, under stable names and each once."""

import gzip
import io
import os
import pickle
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.errors import SourceError, UsageError
from scanner.events.reading.records import split
from scanner.events.reading.sources.limits import DEFAULT_LIMITS, Limits
from scanner.files.limits import SOURCE_LIMIT
from scanner.files.log_source import LogSource
from scanner.log_sources.kinds.files import local_sources

RECORD = b'{"eventVersion":"1.11","eventName":"A","eventSource":"s","eventID":"%06d"}'


class Told:
    """What was passed over."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def __call__(self, name: str, why: str) -> None:
        self.said.append((name, why))


@pytest.fixture
def say() -> Told:
    return Told()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "logs"
    for name in ("b/2.json.gz", "b/1.json", "a.json", "c/d/3.json", ".hidden/4.json"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return root


def read(sources: list[LogSource]) -> dict[str, bytes]:
    return {source.name: source.read() for source in sources}


def test_a_folder(tree: Path, say: Told) -> None:
    sources = list(local_sources([str(tree)], say))
    assert [source.name for source in sources] == [
        "a.json",
        ".hidden/4.json",
        "b/1.json",
        "b/2.json.gz",
        "c/d/3.json",
    ]
    assert all(source.read() == source.name.encode() for source in sources)
    assert say.said == []


def test_a_file_a_glob_and_several_paths(tree: Path, say: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    assert [s.name for s in local_sources(["b/1.json"], say)] == ["1.json"]
    assert [s.name for s in local_sources(["b/*"], say)] == ["b/1.json", "b/2.json.gz"]
    assert [s.name for s in local_sources(["**/*.json"], say)] == [".hidden/4.json", "a.json", "b/1.json", "c/d/3.json"]
    assert [s.name for s in local_sources(["b", "c"], say)] == ["b/1.json", "b/2.json.gz", "c/d/3.json"]
    assert [s.name for s in local_sources([str(tree / "?.json")], say)] == ["a.json"]


def test_each_file_once(tree: Path, say: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    (tree / "link.json").symlink_to("a.json")
    names = [s.name for s in local_sources(["a.json", ".", "a.json", "b/1.json", "*"], say)]
    assert len(names) == 5
    assert names[0] == "a.json"


def test_a_path_that_is_not_there(tree: Path, say: Told) -> None:
    with pytest.raises(UsageError, match="There is no file or folder 'no/such'"):
        list(local_sources(["no/such"], say))
    with pytest.raises(UsageError, match="Nothing matches"):
        list(local_sources([str(tree / "*.csv")], say))


def test_what_is_passed_over_is_told(tree: Path, say: Told) -> None:
    (tree / "loop").symlink_to(tree)
    os.mkfifo(tree / "pipe")
    (tree / "lost").symlink_to("nowhere")
    sources = list(local_sources([str(tree)], say))
    assert say.said == [("loop", "a link to a folder, which is not followed")]
    (pipe,) = [source for source in sources if source.name == "pipe"]
    with pytest.raises(SourceError, match="pipe is not a regular file"):
        pipe.read()
    (lost,) = [source for source in sources if source.name == "lost"]
    with pytest.raises(SourceError, match="lost cannot be read: No such file or directory"):
        lost.read()


def test_a_link_to_a_folder_elsewhere_was_not_read(
    tree: Path, say: Told, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (tree / "away").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    (tree / "round").symlink_to("round")
    sources = {source.name: source for source in local_sources([str(tree)], say)}
    with pytest.raises(SourceError, match="away is a link to a folder elsewhere, which is not followed"):
        sources["away"].read()
    with pytest.raises(SourceError, match="round cannot be read"):
        sources["round"].read()
    assert say.said == []


def test_folders_may_lie_deeper_than_calls_do(tmp_path: Path, say: Told) -> None:
    deep = tmp_path
    for _ in range(1200):
        deep /= "d"
        deep.mkdir()
    (deep / "a.json").write_bytes(b"deep")
    (tmp_path / "d" / "b.json").write_bytes(b"near")
    try:
        assert [source.read() for source in local_sources([str(tmp_path)], say)] == [b"near", b"deep"]
    finally:
        (deep / "a.json").unlink()
        (tmp_path / "d" / "b.json").unlink()
        while deep != tmp_path:
            deep.rmdir()
            deep = deep.parent


def test_a_file_that_goes_away(tree: Path, say: Told) -> None:
    sources = list(local_sources([str(tree)], say))
    (tree / "a.json").unlink()
    with pytest.raises(SourceError, match=r"a\.json cannot be read: No such file"):
        sources[0].read()


def test_a_pipe_that_is_named(tree: Path, say: Told) -> None:
    pipe = tree / "pipe"
    os.mkfifo(pipe)
    writing = threading.Thread(target=pipe.write_bytes, args=(b"data",))
    writing.start()
    (source,) = local_sources([str(pipe)], say)
    assert (source.name, source.read()) == ("pipe", b"data")
    writing.join()


def test_names_that_are_no_text(tmp_path: Path, say: Told) -> None:
    (tmp_path / os.fsdecode(b"\xff.json")).write_bytes(b"x")
    (source,) = local_sources([str(tmp_path)], say)
    source.name.encode()
    assert source.read() == b"x"


def test_no_more_than_one_byte_over_the_limit_is_read(tree: Path, say: Told) -> None:
    (tree / "a.json").write_bytes(b"x" * 100)
    for limit, length in ((99, 100), (10, 11), (100, 100)):
        (source,) = local_sources([str(tree / "a.json")], say, limit)
        assert len(source.read()) == length


def test_standard_input(say: Told) -> None:
    (source,) = local_sources(["-"], say, stdin=io.BytesIO(b"data"))
    assert (source.name, source.read()) == ("stdin", b"data")
    (source,) = local_sources(["-"], say, 2, stdin=io.BytesIO(b"data"))
    assert source.read() == b"dat"
    (source,) = local_sources(["-"], say, stdin=io.BytesIO(b"PK\x03\x04"))
    with pytest.raises(SourceError, match="zip file cannot be read from standard input"):
        source.read()
    with pytest.raises(UsageError):
        list(local_sources(["-"], say))


def test_a_large_file_of_lines_is_read_in_slices(tmp_path: Path, say: Told) -> None:
    path = tmp_path / "large.jsonl"
    lines = [RECORD % number for number in range(500)]
    path.write_bytes(b"\n".join(lines))
    limits = Limits(stored=4000)
    sources = list(local_sources([str(path)], say, limits.stored))
    assert len(sources) > 30
    assert sources[0].name == "large.jsonl#0"
    assert b"".join(source.read() for source in sources) == path.read_bytes()
    found = [bytes(record) for source in sources for record in split(source.read(), source.name, limits).records]
    assert found == lines
    assert all(split(source.read(), "", limits).account().complete for source in sources)


def test_the_rest_of_a_file_of_lines_that_has_no_more_of_them_is_cut(tmp_path: Path, say: Told) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"\n".join(RECORD % number for number in range(40)) + b"\n" + b'{"x":"' + b"y" * 9000 + b'"}')
    *slices, last = local_sources([str(path)], say, 4000)
    assert slices
    assert all(len(source.read()) <= 4000 for source in slices)
    assert len(last.read()) == 4001
    assert split(last.read(), "", Limits(stored=4000)).cut


@pytest.mark.parametrize(
    "content",
    [
        b'{"Records":[' + b",".join(RECORD % number for number in range(500)) + b"]}",
        b"not json\n" * 1000,
        b'{"a":1}\nand more\n' * 1000,
        RECORD % 1 + b"\n" + b'{"x":"' + b"y" * 9000 + b'"}',
    ],
)
def test_other_large_files_are_one_source_that_is_cut(content: bytes, tmp_path: Path, say: Told) -> None:
    path = tmp_path / "large"
    path.write_bytes(content)
    limits = Limits(stored=4000)
    (source,) = local_sources([str(path)], say, limits.stored)
    assert source.name == "large"
    assert split(source.read(), "", limits).cut.startswith("the source is longer than the 4000 bytes")


def test_a_zip_file(tmp_path: Path, say: Told) -> None:
    path = tmp_path / "bundle.zip"
    packed = gzip.compress(b"1")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/", b"")
        archive.writestr("data/b.json.gz", packed)
        archive.writestr("data/a.json", b"22")
    sources = list(local_sources([str(path)], say))
    assert read(sources) == {"bundle.zip!data/b.json.gz": packed, "bundle.zip!data/a.json": b"22"}
    assert pickle.loads(pickle.dumps(sources[1])).read() == b"22"  # noqa: S301 - our own
    (cut,) = [s for s in local_sources([str(path)], say, 1) if s.name.endswith("a.json")]
    assert cut.read() == b"22"


def test_zip_files_that_are_not_to_be_trusted(tmp_path: Path, say: Told) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("good", b"fine", zipfile.ZIP_STORED)
        archive.writestr("large", b"\0" * 30_000_000)
    content = path.read_bytes()
    (_, large) = local_sources([str(path)], say, 1000)
    assert len(large.read()) == 1001
    path.write_bytes(content.replace(b"fine", b"fake"))
    (good, _) = local_sources([str(path)], say)
    with pytest.raises(SourceError, match=r"x\.zip!good cannot be unpacked: Bad CRC-32"):
        good.read()
    path.write_bytes(content[: len(content) // 2])
    (broken,) = local_sources([str(path)], say)
    with pytest.raises(SourceError, match=r"x\.zip is a zip file that cannot be read"):
        broken.read()


def test_an_encrypted_member_and_one_that_lies(tmp_path: Path, say: Told) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"a" * 100)
    content = bytearray(path.read_bytes())
    listing = content.rindex(b"PK\x01\x02")
    locked = bytearray(content)
    locked[listing + 8] |= 1
    path.write_bytes(locked)
    (source,) = local_sources([str(path)], say)
    with pytest.raises(SourceError, match="is encrypted"):
        source.read()
    liar = bytearray(content)
    liar[listing + 24 : listing + 28] = (4_000_000_000).to_bytes(4, "little")
    other = tmp_path / "y.zip"
    other.write_bytes(liar)
    (source,) = local_sources([str(other)], say)
    with pytest.raises(SourceError, match="unpacks to far more than it holds"):
        source.read()


def test_sources_can_go_to_other_processes(tree: Path, say: Told) -> None:
    for source in local_sources([str(tree)], say):
        copy: LogSource = pickle.loads(pickle.dumps(source))  # noqa: S301 - our own
        assert (copy.name, copy.read()) == (source.name, source.read())


def test_the_limits_are_those_of_splitting() -> None:
    assert Limits() == DEFAULT_LIMITS
    assert DEFAULT_LIMITS.stored == SOURCE_LIMIT <= DEFAULT_LIMITS.content


@pytest.mark.parametrize("told", ["c/d", "d"])
def test_a_folder_that_cannot_be_listed(told: str, tree: Path, say: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tree if told == "c/d" else tree / "c/d"
    listing: Callable[[str], object] = os.scandir

    def scandir(path: str) -> object:
        if Path(path).name == "d":
            raise PermissionError(13, "Permission denied", path)
        return listing(path)

    monkeypatch.setattr(os, "scandir", scandir)
    (broken,) = [source for source in local_sources([str(given)], say) if source.name == told]
    with pytest.raises(SourceError, match=f"The folder {told} cannot be listed: Permission denied"):
        broken.read()


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["void"], ["void"]),
        (["b", "void/"], ["b/1.json", "b/2.json.gz", "void"]),
        (["b", "b"], ["1.json", "2.json.gz"]),
        ([".", "b"], [".hidden/4.json", "a.json", "b/1.json", "b/2.json.gz", "c/d/3.json"]),
    ],
    ids=["alone", "beside another", "twice", "read already"],
)
def test_an_empty_folder_is_named(
    tree: Path, say: Told, monkeypatch: pytest.MonkeyPatch, given: list[str], names: list[str]
) -> None:
    monkeypatch.chdir(tree)
    (tree / "void" / "deeper").mkdir(parents=True)
    found = list(local_sources(given, say))
    assert sorted(source.name.removeprefix("./") for source in found) == names
    for empty in (source for source in found if source.name == "void"):
        with pytest.raises(SourceError, match="The folder void holds no file"):
            empty.read()


def test_a_folder_with_nothing_but_a_link_is_not_empty(tree: Path, say: Told) -> None:
    (tree / "only").mkdir()
    (tree / "only" / "link").symlink_to(tree / "only")
    assert list(local_sources([str(tree / "only")], say)) == []
    assert [name for name, _ in say.said] == ["link"]
