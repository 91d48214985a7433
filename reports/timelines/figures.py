"""Pictures as a piece of an HTML page: each a figure that is seen, read aloud or printed, and the style that it needs.

A page puts ``styles()`` into its style sheet, which holds the colours of the report, and ``figures()`` where they
belong. Every text in them is escaped; there is no script, no style attribute and nothing that is fetched.
"""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from xml.sax.saxutils import escape

from reports.characters import visible
from reports.timelines.picture import Picture
from reports.timelines.svg import inline
from reports.timelines.words import described


def styles() -> str:
    """The style sheet of the figures: colours are those of the report's."""
    return files("reports.timelines").joinpath("assets", "timelines.css").read_text(encoding="utf-8")


def figures(pictures: Iterable[Picture], before: str = "timeline") -> Iterator[str]:
    """Each picture as a ``figure``, with the same in words beneath; ``before`` begins every id."""
    for number, picture in enumerate(pictures, start=1):
        yield figure(picture, f"{before}-{number}")


def figure(picture: Picture, identity: str) -> str:
    """One picture; ``identity`` is the id of the figure, and of no other on the page."""
    title = escape(visible(picture.title), {'"': "&quot;"})
    note = f'<p class="faults"><strong>{_text(picture.note)}</strong></p>\n' if picture.note else ""
    said = "\n".join(f"<li>{_text(each)}</li>" for each in described(picture))
    when = f"from {_text(picture.times[0])} to {_text(picture.times[1])}"
    return (
        f'<figure class="route-timeline" id="{identity}">\n'
        f'<div class="scroll" tabindex="0" role="region" aria-label="Timeline of {title}">\n'
        f"{inline(picture, identity)}\n</div>\n"
        f"{note}<details><summary>The same in words</summary>\n<ul>\n{said}\n</ul></details>\n"
        f"<figcaption>{_text(picture.title)}, {when}</figcaption>\n</figure>"
    )


def _text(text: str) -> str:
    return escape(visible(text))
