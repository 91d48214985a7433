"""The page of a replay: all of it is there, and no text of an account becomes markup or runs."""

import base64
import hashlib
import re
from collections.abc import Sequence

from reports.formats.html.views.marks import MARKS
from reports.replays.page import replay_page
from reports.replays.view import History, ReplayView, Route, Told, Untold
from reports.timelines.picture import Marks, Picture
from scanner.model import Outcome

HOSTILE = "<script>alert(1)</script>\" onload='x' {{ 7*7 }} {% raw %} \u202e\x1b[31m --> &amp; ${x}"


def view(text: str = "word", warning: str = "") -> ReplayView:
    mark, records = MARKS[Outcome.FAIL], 5
    picture = Picture(text, 0, 60, (text, text), (Marks(text, (3,)),), note=warning)
    told = Told(text, text, records, text, text, (text,))
    untold = Untold(mark, text, text, text, records, text, (text,))
    route = Route(text, text, mark, ((mark, 5),), picture, (told,), 2, (untold,), 3)
    pairs: Sequence[tuple[str, str]] = ((text, text),)
    return ReplayView(
        warning, mark, text, pairs, (route, route), pairs, pairs, (History(text, (text,), 4),), pairs, 7, (text,)
    )


def shape(text: str) -> list[str]:
    return [re.sub(r'"[^"]*"', "", tag) for tag in re.findall(r"<[^>]+>", text.split("</style>")[1])]


def test_everything_is_on_the_page() -> None:
    text = replay_page(view("here it is")).decode()
    for said in (
        "2 more are not listed here", "3 more reasons are not listed", "4 more are not listed", "7 more are not listed",
        "and 4 more", "Not replayed", "Not read whole", "Against the alarm history", "neither that they work",
    ):  # fmt: skip
        assert said in text
    assert text.count("<svg") == 2
    assert "ynthetic" not in text.split("</style>")[1].split("<title>")[-1]


def test_no_text_becomes_markup_and_hidden_characters_are_spelled_out() -> None:
    hostile = replay_page(view(HOSTILE, HOSTILE)).decode()
    assert shape(hostile) == shape(replay_page(view("word", "word")).decode())
    assert not re.search("[\u202e\x1b]|<script", hostile)
    assert "{{ 7*7 }}" in hostile


def test_made_up_records_are_marked_on_top_and_at_each_route() -> None:
    text = replay_page(view(warning="SYNTHETIC")).decode()
    assert "<title>Synthetic replay" in text
    assert "Made-up records" in text
    assert text.count('<strong class="faults">synthetic</strong>') == 2
    assert text.count('<p class="faults"><strong>SYNTHETIC</strong></p>') == 2


def test_a_browser_may_apply_this_style_and_nothing_else() -> None:
    text = replay_page(view()).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy.replace("&#39;", "'")
    assert not re.search(r"<script|<link|<img|<iframe|style=|https?://", text)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"', text)) <= set(ids)
