"""The seeded account's alarm routes: which are whole, and at which link each other one is broken, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PASS = "pass"  # noqa: S105 - a verdict, not a password


@dataclass(frozen=True, slots=True)
class DemoRoute:
    """A seeded route: the rule that judges it, and the link at which it breaks (``pass``: nowhere).

    ``patterns`` become one metric filter each, all publishing the same metric. ``alarm`` differs from a sound alarm
    in the members it names; ``transformation`` does so for the metric transformation. ``topic`` names the topic.
    """

    rule: str
    breaks_at: str
    patterns: tuple[str, ...]
    topic: str = "security-alerts"
    alarm: Mapping[str, Any] = field(default_factory=dict)
    transformation: Mapping[str, Any] = field(default_factory=dict)

    @property
    def metric(self) -> str:
        """The metric's name, from the rule's: ``RootUsage`` for ``route.root-usage``."""
        return "".join(word.capitalize() for word in self.rule.partition(".")[2].split("-"))


def _any_of(*names: str) -> str:
    return "{ " + " || ".join(f"($.eventName = {name})" for name in names) + " }"


ROUTES = (
    DemoRoute(  # the codes are longer than these words: EC2 says Client.UnauthorizedOperation
        "route.unauthorized-api-calls",
        "filter",
        ('{ ($.errorCode = "UnauthorizedOperation") || ($.errorCode = "AccessDenied") }',),
    ),
    DemoRoute(
        "route.console-signin-without-mfa",
        PASS,
        ('{ ($.additionalEventData.MFAUsed != "Yes")   &&   ($.eventName = "ConsoleLogin") }',),
    ),
    DemoRoute(
        "route.root-usage",
        PASS,
        ("{ $.eventType != AwsServiceEvent && $.userIdentity.invokedBy NOT EXISTS && $.userIdentity.type = Root }",),
    ),
    DemoRoute(  # neither filter covers the control; both together do
        "route.iam-policy-changes",
        PASS,
        (
            '{ ($.eventSource = iam.amazonaws.com) && (($.eventName = "Put*") || ($.eventName = "Delete*")) }',
            (
                '{ ($.eventSource = "iam.amazonaws.com") && (($.eventName = "Attach*") || ($.eventName = "Detach*")'
                " || ($.eventName = CreatePolicy) || ($.eventName = CreatePolicyVersion)) }"
            ),
        ),
    ),
    DemoRoute(  # DeleteTrail is forgotten
        "route.cloudtrail-config-changes",
        "filter",
        (_any_of("CreateTrail", "UpdateTrail", "StartLogging", "StopLogging"),),
    ),
    DemoRoute(  # a hundred failures before anyone hears
        "route.console-auth-failures",
        "alarm",
        ('{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }',),
        alarm={"Threshold": 100.0},
    ),
    DemoRoute(  # the alarm tells nobody
        "route.kms-key-disable-or-delete",
        "actions",
        ("{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }",),
        alarm={"AlarmActions": []},
    ),
    DemoRoute(
        "route.s3-bucket-policy-changes",
        PASS,
        ('{ ($.eventName = "DeleteBucket*" || $.eventName = "PutBucket*") && $.eventSource = "s3.amazonaws.com" }',),
    ),
    DemoRoute(  # no event has four names
        "route.config-changes",
        "filter",
        (
            (
                "{ ($.eventSource = config.amazonaws.com) && ($.eventName = StopConfigurationRecorder) && "
                "($.eventName = DeleteDeliveryChannel) && ($.eventName = PutDeliveryChannel) && "
                "($.eventName = PutConfigurationRecorder) }"
            ),
        ),
    ),
    DemoRoute(  # the topic was deleted
        "route.security-group-changes",
        "topic",
        (
            _any_of(
                '"AuthorizeSecurityGroup*"',
                '"RevokeSecurityGroup*"',
                "CreateSecurityGroup",
                "DeleteSecurityGroup",
                "ModifySecurityGroupRules",
            ),
        ),
        topic="deleted-alerts",
    ),
    DemoRoute(  # the only subscriber never confirmed
        "route.nacl-changes",
        "subscription",
        (
            _any_of(
                "CreateNetworkAcl",
                "CreateNetworkAclEntry",
                "DeleteNetworkAcl",
                "DeleteNetworkAclEntry",
                "ReplaceNetworkAclEntry",
                "ReplaceNetworkAclAssociation",
            ),
        ),
        topic="unconfirmed-alerts",
    ),
    DemoRoute(  # the alarm watches another namespace
        "route.network-gateway-changes",
        "alarm",
        (
            _any_of(
                "CreateCustomerGateway",
                "DeleteCustomerGateway",
                "AttachInternetGateway",
                "CreateInternetGateway",
                "DeleteInternetGateway",
                "DetachInternetGateway",
            ),
        ),
        alarm={"Namespace": "LogMetrics"},
    ),
    DemoRoute(  # somebody silenced it for a migration
        "route.route-table-changes",
        "actions",
        (
            _any_of(
                "CreateRoute",
                "CreateRouteTable",
                "ReplaceRoute",
                "ReplaceRouteTableAssociation",
                "DeleteRouteTable",
                "DeleteRoute",
                "DisassociateRouteTable",
            ),
        ),
        alarm={"ActionsEnabled": False},
    ),
    DemoRoute(  # one event in a day of zeros averages to nothing
        "route.vpc-changes",
        "alarm",
        (
            _any_of(
                "CreateVpc",
                "DeleteVpc",
                "ModifyVpcAttribute",
                "AcceptVpcPeeringConnection",
                "CreateVpcPeeringConnection",
                "DeleteVpcPeeringConnection",
                "RejectVpcPeeringConnection",
                "AttachClassicLinkVpc",
                "DetachClassicLinkVpc",
                "DisableVpcClassicLink",
                "EnableVpcClassicLink",
            ),
        ),
        alarm={"Statistic": "Average", "Period": 86400},
        transformation={"defaultValue": 0.0},
    ),
    DemoRoute(  # every event counts for nothing
        "route.organizations-changes",
        "filter",
        ("{ $.eventSource = organizations.amazonaws.com }",),
        transformation={"metricValue": "0"},
    ),
)

EXPECTED_BROKEN: Mapping[str, str] = {route.rule: route.breaks_at for route in ROUTES}
"""Rule id -> the link of the route at which it must break in the seeded account, or ``pass``."""

SOUND_TRAIL_CHANGES = DemoRoute(
    "route.cloudtrail-config-changes",
    PASS,
    (_any_of("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),),
)
"""A filter that would be right, seeded only where it does no good."""
