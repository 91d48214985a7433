import subprocess
import sys
import uuid

from scanner.events.counting.repeats import SLOTS, Seen
from scanner.events.reading.fields.event_ids import fingerprint, fingerprints

IDS = [str(uuid.UUID(int=number * 7919 + 1, version=4)) for number in range(1000)]


def test_ids_become_numbers_that_differ() -> None:
    numbers = fingerprints(IDS)
    assert len(set(numbers)) == len(IDS)
    assert list(numbers) == [fingerprint(text) for text in IDS]


def test_ids_of_other_forms() -> None:
    odd = [*IDS[:2], "1", "", None, object(), "x" * 36, "ÿ" * 36, "\ud800"]
    numbers = fingerprints(odd)
    assert list(numbers[:2]) == list(fingerprints(IDS[:2]))
    assert [bool(number) for number in numbers[2:]] == [True, False, False, False, True, True, True]
    assert len(set(numbers)) == len(odd) - 2


def test_lengths_that_even_out_are_not_mixed_up() -> None:
    longer, shorter = IDS[0] + "0", IDS[1][:-1]
    assert list(fingerprints([longer, shorter])) == [fingerprint(longer), fingerprint(shorter)]


def test_numbers_are_the_same_in_every_process() -> None:
    code = (
        "from scanner.events.reading.fields.event_ids import fingerprints; print(*fingerprints(['1', '"
        + IDS[3]
        + "']))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [str(number) for number in fingerprints(["1", IDS[3]])]


def test_seen_counts_what_it_knows() -> None:
    seen = Seen(1 << 12)
    numbers = fingerprints(IDS)
    assert len(seen.repeated(numbers)) == 0
    assert len(seen.repeated(numbers)) == len(IDS)
    assert len(seen.repeated([0, 0, 0])) == 0
    assert seen.repeated([*numbers[:2], 7, numbers[3], 0]) == [0, 1, 3]
    assert seen.exact


def test_repeats_inside_one_batch() -> None:
    assert Seen(64).repeated([5, 6, 5, 5]) == [2, 3]


def test_numbers_that_fall_on_one_place() -> None:
    seen = Seen(64)
    assert len(seen.repeated([1, 65, 129])) == 0
    assert len(seen.repeated([129, 65, 1, 193])) == 3


def test_when_it_is_full_the_oldest_are_forgotten_and_it_says_so() -> None:
    seen = Seen(64)
    seen.repeated(range(1, 96))
    assert seen.exact
    seen.repeated([96])
    assert not seen.exact, "two generations hold three quarters of 64 numbers each"
    seen = Seen(64)
    assert len(seen.repeated(range(1, 97))) == 0
    assert not seen.exact or len(seen.repeated(range(1, 97))) == 96
    seen = Seen(64)
    assert len(seen.repeated(range(1, 91))) == 0
    assert seen.exact
    assert len(seen.repeated(range(1, 91))) == 90
    seen.repeated(range(91, 200))
    assert not seen.exact
    assert len(seen.repeated(range(160, 200))) == 40, "the most recent are remembered"
    assert len(seen.repeated([1])) == 0


def test_ids_that_only_differ_in_one_place_spread() -> None:
    counted = [f"00000000-0000-0000-0000-{number:012x}" for number in range(20_000)]
    for ids in (counted, [f"{text[-12:-4]}-{text[-4:]}{text[8:-13]}{'0' * 13}"[:36] for text in counted]):
        numbers = fingerprints(ids)
        steps = [number % SLOTS for number in numbers]
        assert len(set(numbers)) == len(ids)
        assert len(set(steps)) > 0.9 * len(ids)
        assert Seen().repeated(numbers) == []
