"""The link of a route to a place other than a topic: a function, a queue, a stream, or what is used as a role."""

from scanner.checks.route.links import DESTINATION, JudgedLink
from scanner.resources.monitoring.eventbridge.places import Sender, judged_place
from scanner.snapshot.answers import Snapshot


def destination_link(snapshot: Snapshot, target: str, sender: Sender) -> JudgedLink:
    """The link from what sends to the place of the ARN ``target``."""
    found = judged_place(snapshot, target, sender)
    return JudgedLink(DESTINATION, found.verdict, found.reason, target, found.sources, lack=found.lack)
