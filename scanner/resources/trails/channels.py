"""What CloudWatch's service-linked channels select of the management events, read as the selectors of trails are."""

from collections.abc import Sequence

from scanner.audit_path.telemetry import Channel
from scanner.recording.recorded_events import EVERYTHING, NOTHING, Recorded, recorded
from scanner.recording.selectors import read_selectors


def selected_by(channels: Sequence[Channel]) -> Recorded:
    """What the channels select between them; one that could not be looked at may select anything."""
    known = [channel for channel in channels if channel.selectors is not None and channel.gap is None]
    if not known:
        return Recorded(NOTHING, EVERYTHING)
    listed = [selector for channel in known for selector in channel.selectors or ()]
    found = recorded(read_selectors({"AdvancedEventSelectors": listed}, custom=True))
    return found if len(known) == len(channels) else Recorded(found.surely, EVERYTHING)
