"""What a recorder of AWS Config records, and how often, read off its recording group and its recording mode.

Sources: AWS Config API reference, ``RecordingGroup``, ``RecordingStrategy`` and ``RecordingMode``; AWS Config Developer
Guide, "Recording AWS resources": the global types of IAM are left out unless they are asked for, and only Regions in
which AWS Config was there before February 2022 record them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scanner.audit_path.members import list_member, text_member

GLOBAL_TYPES = ("AWS::IAM::Group", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User")
"""The types of IAM that are the same in every Region, so that one Region is enough to record them."""

_OF_GLOBAL_TYPES = frozenset(
    {
        *("af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"),
        *("ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ca-central-1", "eu-central-1", "eu-north-1"),
        *("eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3", "me-south-1", "sa-east-1"),
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
        *("cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1"),
        *("us-iso-east-1", "us-iso-west-1", "us-isob-east-1"),
    }
)
"""The Regions that had AWS Config before February 2022."""


class _Strategy(StrEnum):
    """How a recording group chooses."""

    ALL = "ALL_SUPPORTED_RESOURCE_TYPES"
    ONLY = "INCLUSION_BY_RESOURCE_TYPES"
    BUT = "EXCLUSION_BY_RESOURCE_TYPES"


_CONTINUOUS, _DAILY = "CONTINUOUS", "DAILY"


@dataclass(frozen=True, slots=True)
class RecordedTypes:
    """The types that a recorder records: those ``included`` (None: all that AWS Config knows) but those ``excluded``.

    Changes of those of ``continuous`` (None: of all) but those of ``daily`` are recorded when they happen, the others
    once a day.
    """

    included: tuple[str, ...] | None = None
    excluded: tuple[str, ...] = ()
    continuous: tuple[str, ...] | None = None
    daily: tuple[str, ...] = ()

    def follows(self, resource_type: str) -> bool:
        """Whether every change of a type is recorded when it happens."""
        held = self.included is None or resource_type in self.included
        followed = self.continuous is None or resource_type in self.continuous
        return held and followed and resource_type not in {*self.excluded, *self.daily}


NOTHING = RecordedTypes(included=())


def records_global_types(region: str) -> bool:
    """Whether AWS Config can record the global types of IAM in a Region."""
    return region in _OF_GLOBAL_TYPES


def recorded_types(recorder: Mapping[str, Any], region: str) -> RecordedTypes | None:
    """What a recorder in a Region records; None when it is set up in a way that is not documented."""
    chosen = _chosen(recorder.get("recordingGroup"))
    often = _often(recorder.get("recordingMode"))
    if chosen is None or often is None:
        return None
    included, excluded = chosen
    if not records_global_types(region):
        excluded = (*excluded, *(each for each in GLOBAL_TYPES if each not in excluded))
        included = None if included is None else tuple(each for each in included if each not in GLOBAL_TYPES)
    return RecordedTypes(included, excluded, *often)


_Chosen = tuple[tuple[str, ...] | None, tuple[str, ...]]
"""What is included (None: everything) and what is left out of it."""


def _chosen(group: Any) -> _Chosen | None:
    if not isinstance(group, Mapping):
        return None
    left_out = _texts(group.get("exclusionByResourceTypes"), "resourceTypes")
    match text_member(group.get("recordingStrategy"), "useOnly") or _implied(group, left_out):
        case _Strategy.ALL if group.get("allSupported") is not False:
            return None, () if group.get("includeGlobalResourceTypes") is True else GLOBAL_TYPES
        case _Strategy.ONLY:
            return _texts(group, "resourceTypes"), ()
        case _Strategy.BUT:
            # The exclusions override the flag for global types: these are recorded unless they are left out by name.
            return None, left_out
    return None


def _implied(group: Mapping[str, Any], left_out: tuple[str, ...]) -> str:
    """The strategy of a group that does not name one, which is optional but for exclusions."""
    if left_out:
        return _Strategy.BUT
    return _Strategy.ALL if group.get("allSupported") is True else _Strategy.ONLY


def _often(mode: Any) -> _Chosen | None:
    """Which types are recorded continuously (None: all) and which of them are not; continuously where none is named."""
    usual = text_member(mode, "recordingFrequency") or _CONTINUOUS
    others = list_member(mode, "recordingModeOverrides")
    if usual not in {_CONTINUOUS, _DAILY}:
        return None
    if any(text_member(each, "recordingFrequency") not in {_CONTINUOUS, _DAILY} for each in others):
        return None
    if usual == _DAILY:
        return _overridden(others, _CONTINUOUS), ()
    return None, _overridden(others, _DAILY)


def _overridden(others: list[Any], frequency: str) -> tuple[str, ...]:
    named = (_texts(each, "resourceTypes") for each in others if text_member(each, "recordingFrequency") == frequency)
    return tuple(name for names in named for name in names)


def _texts(data: Any, name: str) -> tuple[str, ...]:
    return tuple(each for each in list_member(data, name) if isinstance(each, str))
