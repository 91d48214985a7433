"""A replay as one HTML file that asks for nothing else, in the style of the report and without any script.

Every value is escaped by the template engine, and what a browser may apply is pinned by hash, as in the report. Equal
views give equal bytes.
"""

from importlib.resources import files

from reports.formats.html.rendering import asset, content_security_policy, environment
from reports.replays.view import ReplayView
from reports.timelines.figures import figure, styles

_PACKAGE = "reports.replays"


def replay_page(view: ReplayView) -> bytes:
    """The page as UTF-8 bytes."""
    own = files(_PACKAGE).joinpath("assets", "replay.css").read_text(encoding="utf-8")
    applied = asset("report.css") + styles() + own
    text = (
        environment(_PACKAGE)
        .get_template("replay.html.j2")
        .render(
            view=view,
            figure=figure,
            styles=applied,
            policy=content_security_policy(applied),
        )
    )
    return text.encode()
