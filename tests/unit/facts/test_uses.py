"""What calls are made for is found once in a look, and every use brings along what names its things."""

from collections.abc import Callable

from scanner.facts.uses import Look, Thing, Things, Use, with_what_names_them
from scanner.snapshot.answers import Snapshot


def test_things_are_found_once_in_a_look(make_snapshot: Callable[..., Snapshot]) -> None:
    looks: list[Look] = []

    def found(look: Look) -> list[Thing]:
        looks.append(look)
        return [Thing("us-east-1", {"trail": look.account})]

    things = Things("trail", found)
    look, other = Look(make_snapshot(), "1"), Look(make_snapshot(), "2")
    assert look.each(things) is look.each(things)
    assert other.each(things)[0].facts == {"trail": "2"}
    assert looks == [look, other]


def test_uses_bring_along_what_names_their_things() -> None:
    listing = Use("service.List", per=Things("region", lambda _: ()))
    one = Use("service.Get", per=Things("thing", lambda _: (), (listing,)))
    two = Use("service.Describe", per=Things("part", lambda _: (), (one,)))
    assert with_what_names_them([two]) == {listing, one, two}
    assert with_what_names_them([listing]) == {listing}


def test_a_use_is_told_by_its_operation_and_its_things() -> None:
    trails, same, others = (Things(name, lambda _: ()) for name in ("trail", "trail", "topic"))
    assert Use("service.Get", per=trails) == Use("service.Get", per=same)
    assert Use("service.Get", per=trails) != Use("service.Get", per=others)
    assert Use("service.Get", per=trails).name == "service.Get@trail"


def test_what_belongs_to_another_account_is_elsewhere(make_snapshot: Callable[..., Snapshot]) -> None:
    own, foreign, stranger = (Thing("us-east-1", {"key": name}, owner=name) for name in ("1", "2", "3"))
    things = Things("key", lambda _: [own, foreign, stranger])
    look = Look(make_snapshot(), "1", others={"2"})
    assert look.each(things) == (own, stranger)
    assert look.elsewhere(things) == (foreign,)
    assert Look(make_snapshot(), "1").each(things) == (own, foreign, stranger)
    owner = Look(make_snapshot(), "2", others={"1"}, named={"key": (foreign,), "topic": (stranger,)})
    assert owner.each(Things("key", lambda _: [])) == (foreign,)
