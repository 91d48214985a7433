"""Gzip as files are stored: several members, cut and damaged ones, trailing bytes, and bombs."""

import gzip
import random
import zlib

import pytest

from scanner.events.reading.records import split
from scanner.events.reading.sources.limits import Limits
from scanner.events.reading.text.gzip_pieces import unpack

ROOM = 10_000_000
RECORD = b'{"eventVersion":"1.11","eventName":"A","eventSource":"s","eventID":"%d"}'
CONTENT = b'{"Records":[' + b",".join(RECORD % number for number in range(300)) + b"]}"
STORED = gzip.compress(CONTENT)


def noisy(size: int) -> bytes:
    return random.Random(3).randbytes(size)  # noqa: S311 - the same bytes every time


def test_one_member() -> None:
    done = unpack(STORED, ROOM)
    assert (done.content, done.cut, done.trailing, done.notes) == (CONTENT, "", "", ())
    assert unpack(CONTENT, ROOM).content is CONTENT


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 1_000_000])
@pytest.mark.parametrize("level", [0, 9])
def test_any_size(size: int, level: int) -> None:
    for content in (noisy(size), b"a" * size):
        done = unpack(gzip.compress(content, level), ROOM)
        assert (done.content, done.cut, done.trailing) == (content, "", "")


def test_several_members_are_read_and_said() -> None:
    halves = gzip.compress(CONTENT[:500]) + gzip.compress(b"") + gzip.compress(CONTENT[500:])
    done = unpack(halves, ROOM)
    assert (done.content, done.cut) == (CONTENT, "")
    assert done.notes == ("the file holds 3 gzip members; CloudTrail writes one",)
    account = split(halves, "a").account()
    assert (account.records, account.complete, account.notes) == (300, True, done.notes)


def test_a_second_member_cannot_hide_records() -> None:
    more = gzip.compress(b'{"Records":[' + RECORD % 999 + b"]}")
    done = split(STORED + more, "a")
    assert len(done.records) == 301
    assert b"999" in bytes(done.records[-1])


def test_what_follows_the_gzip_data_is_a_loss() -> None:
    done = unpack(STORED + b"more", ROOM)
    assert (done.content, done.trailing) == (CONTENT, "4 bytes after the gzip data are not gzip data")
    account = split(STORED + b"more", "a").account()
    assert (account.records, account.complete) == (300, False)
    assert account.malformed[-1][1] == done.trailing
    assert unpack(STORED + b"\0" * 512, ROOM) == unpack(STORED, ROOM)


@pytest.mark.parametrize(
    "end", [2, 5, 10, 11, 100, len(STORED) // 2, len(STORED) - 9, len(STORED) - 8, len(STORED) - 1]
)
def test_a_cut_file_keeps_its_whole_records(end: int) -> None:
    account = split(STORED[:end], "a").account()
    assert account.cut == "the gzip data ends early"
    assert account.bytes == end
    whole = zlib.decompressobj(31).decompress(STORED[:end]).count(b"}")
    assert whole - 1 <= account.records <= whole
    assert end < len(STORED) - 9 or account.records == 300


def test_a_cut_second_member() -> None:
    done = split(STORED + STORED[:20], "a")
    assert (len(done.records), done.cut) == (300, "the gzip data ends early")


def test_a_wrong_checksum_is_said_and_the_content_read() -> None:
    for place in (-8, -5, -4, -1):
        changed = bytearray(STORED)
        changed[place] ^= 1
        done = split(bytes(changed), "a")
        assert len(done.records) == 300
        assert done.cut.startswith("the gzip data is damaged (")
    second = bytearray(STORED)
    second[-5] ^= 1
    both = unpack(STORED + bytes(second), ROOM)
    assert (both.content, bool(both.cut)) == (CONTENT * 2, True)


def test_damage_keeps_what_was_before_it() -> None:
    noise = b'{"Records":[' + b",".join(
        b'{"eventVersion":"1","eventName":"A","eventSource":"s","x":"%s"}' % noisy(200).hex().encode()
        for _ in range(2000)
    ) + b"]}"  # fmt: skip
    stored = bytearray(gzip.compress(noise))
    sound = len(split(bytes(stored), "a").records)
    stored[len(stored) // 2 : len(stored) // 2 + 64] = b"\xff" * 64
    done = split(bytes(stored), "a")
    assert sound == 2000
    assert 0 < len(done.records) <= 2000
    assert not done.account().complete
    assert done.cut


@pytest.mark.parametrize("head", [b"\x1f\x8b", b"\x1f\x8b\x08", b"\x1f\x8b\x09" + STORED[3:], b"\x1f\x8b" + b"z" * 40])
def test_a_broken_head_is_a_loss(head: bytes) -> None:
    account = split(head, "a").account()
    assert (account.records, account.complete) == (0, False)


def test_gzip_inside_gzip() -> None:
    done = split(gzip.compress(STORED), "a")
    assert (len(done.records), done.notes) == (300, ("the file is compressed twice",))
    done = split(gzip.compress(gzip.compress(STORED)), "a")
    assert (done.records, done.malformed) == ([], ((0, "the data is gzip, over and over"),))


def test_the_limit_on_content() -> None:
    assert unpack(STORED, len(CONTENT)).cut == ""
    done = unpack(STORED, len(CONTENT) - 1)
    assert done.content == CONTENT[:-1]
    assert done.cut.startswith(f"it unpacks to more than the {len(CONTENT) - 1} bytes")
    done = unpack(STORED + STORED, len(CONTENT) + 10)
    assert (done.content, bool(done.cut)) == (CONTENT + CONTENT[:10], True)
    assert unpack(CONTENT, 10).content == CONTENT[:10]


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(CONTENT[:-2] + b" " * 50_000_000)
    done = split(bomb, "a", Limits(content=1_000_000))
    assert len(done.records) == 300
    assert done.cut.startswith("it unpacks to more than the 1000000 bytes that are looked at")
    # The size that the last bytes claim is not believed.
    for claim in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
        assert unpack(bomb[:-4] + claim, 1000).content == CONTENT[:1000]


def test_no_change_of_a_byte_raises_or_is_silent() -> None:
    chance = random.Random(5)  # noqa: S311 - the same bytes every time
    stored = gzip.compress(CONTENT[:2000].rsplit(b",{", 1)[0] + b"]}")
    sound = len(split(stored, "a").records)
    for _ in range(1500):
        changed = bytearray(stored)
        changed[chance.randrange(10, len(stored))] = chance.randrange(256)
        done = split(bytes(changed), "a")
        if bytes(changed) != stored:
            assert not done.account().complete
        assert len(done.records) <= sound + 5


@pytest.mark.parametrize(
    ("name", "packed", "told"),
    [
        ("words.json.gz", True, "it is text, and neither JSON nor a table"),
        ("words.JSON.GZ", True, "it is text, and neither JSON nor a table"),
        ("words.json.gz", False, "its name says that it is gzip data, and its content is not"),
        ("words.zst.gz", True, "its name says that it is compressed"),
    ],
)
def test_a_name_is_not_blamed_for_gzip_that_was_unpacked(name: str, packed: bool, told: str) -> None:
    words = b"nothing but words\nin two lines\n"
    ((_, why),) = split(gzip.compress(words) if packed else words, name).unread
    assert why.startswith(told)


def test_what_ends_before_its_first_byte_is_not_called_empty() -> None:
    account = split(b"\x1f\x8bzzz", "x.json.gz").account()
    assert [why for _, why in account.losses()] == ["x.json.gz was not read to its end: the gzip data ends early"]
