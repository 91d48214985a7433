"""Which sources selectors leave out, against trying every source of a small alphabet."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from scanner.resources.selectors import EVERY_SOURCE, OPTIONAL_SOURCES, FieldCondition, Selector, unrecorded_sources

# "c" stands for the letters that no condition names.
SOURCES = ["".join(letters) for length in range(1, 6) for letters in product("abc", repeat=length)]
TEXTS = st.lists(st.text(alphabet="ab", min_size=1, max_size=2), max_size=2).map(tuple)
CONDITIONS = st.builds(
    FieldCondition,
    st.just("eventSource"),
    equals=TEXTS,
    starts=TEXTS,
    ends=TEXTS,
    not_equals=TEXTS,
    not_starts=TEXTS,
    not_ends=TEXTS,
)
SELECTORS = st.lists(
    st.builds(
        Selector,
        read=st.booleans(),
        write=st.booleans(),
        management=st.booleans(),
        sources=st.lists(CONDITIONS, max_size=2).map(tuple),
        narrowing=st.sampled_from(((), (), ("eventName",))),
    ),
    max_size=3,
)


def recorded(selectors: list[Selector], source: str) -> bool:
    return any(
        item.management and item.read and not item.narrowing and all(part.accepts(source) for part in item.sources)
        for item in selectors
    )


def stands_for(shown: str, source: str) -> bool:
    if "*" not in shown:
        return shown == source
    start, _, end = shown.partition("*")
    return source.startswith(start) and source.endswith(end)


@given(SELECTORS)
def test_nothing_left_out_means_every_source_is_recorded(selectors: list[Selector]) -> None:
    missing = [source for source in SOURCES if not recorded(selectors, source)]
    said = unrecorded_sources(selectors, "read")
    if not said:
        assert not missing
        assert all(recorded(selectors, source) for source in OPTIONAL_SOURCES)
    # Whatever is missing was said, by itself or by a beginning and an end.
    assert all(any(stands_for(shown, source) for shown in said) for source in missing)


@given(SELECTORS)
def test_what_is_said_is_left_out(selectors: list[Selector]) -> None:
    for shown in unrecorded_sources(selectors, "read"):
        if shown == EVERY_SOURCE:
            assert not recorded(selectors, "ccc")
        else:
            assert any(stands_for(shown, source) and not recorded(selectors, source) for source in [*SOURCES, shown])
