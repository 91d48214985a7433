"""What mute rules do to an alarm: nothing, a window now and then, silence, or something that is not known."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.alarms.muting.rules import Muted, MuteRule, MuteRules, read_mute_rule

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)


def told(expression: str = "cron(0 2 * * SUN)", duration: str = "PT4H", zone: str = "", **members: Any) -> MuteRule:
    """A mute rule on the alarm ``audit`` that has not expired."""
    schedule = {"Expression": expression, "Duration": duration, **({"Timezone": zone} if zone else {})}
    answer = {"Rule": {"Schedule": schedule}, "Status": "SCHEDULED", "MuteTargets": {"AlarmNames": ["audit"]}}
    read = read_mute_rule(members.pop("name", "night"), {**answer, **members}, NOW)
    assert read is not None
    return read


def muting(*rules: MuteRule) -> tuple[str, float | None]:
    found = MuteRules(rules).over("audit")
    return str(found.verdict), found.hours


WEEKEND, SATURDAYS = "cron(0 18 * * FRI)", "cron(0 0 * * SAT)"


@pytest.mark.parametrize(
    ("rules", "verdict", "hours"),
    [
        ([], "no", 0),
        ([told(MuteTargets={"AlarmNames": ["audit-2"]}, Status="ACTIVE")], "no", 0),
        ([told()], "at-times", 4),
        ([told(Status="ACTIVE")], "yes", 4),
        ([told(SATURDAYS, "P1D")], "at-times", 24),
        ([told(SATURDAYS, "P1DT1M")], "yes", 24 + 1 / 60),
        ([told(WEEKEND, "P2DT12H")], "yes", 60),
        ([told("cron(0 0 * * *)", "P1D")], "yes", 168),
        ([told("at(2026-12-23T00:00)", "P7D")], "yes", 168),
        ([told("at(2026-12-23T00:00)", "PT8H")], "at-times", 8),
        ([told("at(2031-12-23T00:00)", "P7D")], "yes", 168),
        ([told("cron(0 0 29 2 *)", "P15D")], "yes", 168),
        # Ending soon, it is muted for no longer than until then.
        ([told("cron(0 0 * * *)", "P1D", ExpireDate="2026-11-20T12:00:00Z")], "yes", 33),
        ([told("cron(0 2 * * *)", "PT2H", ExpireDate="2026-11-23T12:00:00Z")], "at-times", 8),
        ([told("cron(0 2 * 6 *)", "P1D", ExpireDate="2026-12-31T00:00:00Z")], "no", 0),
        # Beginning late, it never ends.
        ([told("cron(0 0 * * *)", "P1D", StartDate="2029-01-01T00:00:00Z")], "yes", 168),
        # Rules of one time zone are laid over each other, those of several add up to something that is not known.
        ([told(), told(name="again")], "at-times", 4),
        ([told(SATURDAYS, "P1D"), told(name="b")], "yes", 28),
        (
            [told(SATURDAYS, "PT20H"), told(SATURDAYS, "PT20H", "Asia/Tokyo", name="b")],
            "undetermined",
            40,
        ),
        ([told(), told(zone="Asia/Tokyo", name="b")], "at-times", 8),
        # What is not known.
        ([told("rate(1 hour)")], "undetermined", None),
        ([told(Status="NEW")], "undetermined", 4),
        ([told(Rule=None)], "undetermined", None),
        ([told(MuteTargets=None)], "at-times", 4),
        ([told(MuteTargets={"AlarmNames": []}, Status="ACTIVE")], "undetermined", 4),
        ([told("cron(0 0 * * *)", "P1D", MuteTargets=None)], "undetermined", 168),
        ([told("rate(1 hour)", MuteTargets=None)], "undetermined", None),
        ([told("rate(1 hour)"), told(Status="ACTIVE", name="b")], "yes", None),
        (
            [told(SATURDAYS, "PT20H"), told("cron(0 0 * * SUN)", "PT20H", MuteTargets=None)],
            "undetermined",
            40,
        ),
    ],
)
def test_verdicts(rules: list[MuteRule], verdict: str, hours: float | None) -> None:
    found, most = muting(*rules)
    assert found == verdict
    assert most == (None if hours is None else pytest.approx(hours))


def test_a_rule_that_has_expired_is_none() -> None:
    for members in ({"Status": "EXPIRED"}, {"Status": "SCHEDULED", "ExpireDate": "2026-11-20T07:00:00Z"}):
        assert read_mute_rule("over", members, NOW) is None


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (told(Status="ACTIVE"), "alarm audit is muted now by mute rule night (cron(0 2 * * SUN) for PT4H, UTC)"),
        (
            told("cron(0 0 * * *)", "P1D", "Asia/Tokyo", StartDate="2027-01-01T00:00:00Z"),
            (
                "mute rule night (cron(0 0 * * *) for P1D, Asia/Tokyo, from 2027-01-01T00:00Z on) mutes alarm audit "
                "for up to 168 hours in seven days, and no more than 24 pass as a maintenance window"
            ),
        ),
        (
            told(StartDate="2026-01-01T00:00:00Z", ExpireDate="2028-01-01T00:00:00Z"),
            (
                "mute rule night (cron(0 2 * * SUN) for PT4H, UTC, until 2028-01-01T00:00Z) mutes alarm audit for "
                "up to 4 hours in seven days: an event in that time tells nobody unless the alarm is still in ALARM "
                "when it ends"
            ),
        ),
        (
            told("rate(1 hour)"),
            (
                "whether mute rule night mutes alarm audit, and for how long, is not known: its expression "
                "rate(1 hour) is neither cron(…) nor at(…)"
            ),
        ),
    ],
)
def test_reasons_name_the_rule_its_windows_and_the_alarm(rule: MuteRule, reason: str) -> None:
    assert MuteRules([rule]).over("audit").reason == reason


def test_reasons_of_rules_that_name_no_alarms_and_of_several() -> None:
    perhaps = MuteRules([told(MuteTargets=None)]).over("audit")
    assert "perhaps mutes alarm audit" in perhaps.reason
    assert perhaps.doubt is not None
    assert "names no alarms" in perhaps.doubt.doubt
    several = MuteRules([told(), told("cron(0 2 * * MON)", name="b")]).over("audit")
    assert several.reason.startswith("mute rule night (cron(0 2 * * SUN) for PT4H, UTC) and mute rule b (")
    assert "mute alarm audit for up to 8 hours" in several.reason
    assert several.verdict is Muted.AT_TIMES
    assert [rule.name for rule in several.rules] == ["night", "b"]


def test_what_mutes_now() -> None:
    found = MuteRules([told(Status="ACTIVE"), told(name="later"), told(name="any", MuteTargets=None, Status="ACTIVE")])
    assert found.over("audit").now == ("night",)
    assert found.over("other").now == ()
