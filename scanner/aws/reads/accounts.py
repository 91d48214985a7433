"""The reads that tell the account, its Regions, its organization, the roles in it, its contacts and AWS Config."""

from collections.abc import Mapping
from typing import Any

from scanner.aws.reads.operation import Operation

_ROLE: Mapping[str, Any] = {"RoleName": "$role"}
_NO_ENTITY = ("NoSuchEntity",)

LIST_ACCOUNTS = Operation(
    "organizations.ListAccounts",
    ("organizations:ListAccounts",),
    ("Accounts",),
    lists=("Accounts",),
    paginated=True,
)
"""Made where accounts are chosen by organization, and where rules ask for all of them."""

ACCOUNT_OPERATIONS = (
    Operation("sts.GetCallerIdentity", (), ("Account",)),
    Operation("ec2.DescribeRegions", ("ec2:DescribeRegions",), ("Regions",), {"AllRegions": True}, ("Regions",)),
    Operation(
        "organizations.DescribeOrganization",
        ("organizations:DescribeOrganization",),
        ("Organization",),
        absent=("AWSOrganizationsNotInUseException",),
    ),
    Operation(
        "organizations.ListDelegatedAdministrators",
        ("organizations:ListDelegatedAdministrators",),
        ("DelegatedAdministrators",),
        {"ServicePrincipal": "cloudtrail.amazonaws.com"},
        ("DelegatedAdministrators",),
        paginated=True,
        absent=("AWSOrganizationsNotInUseException",),
    ),
    LIST_ACCOUNTS,
    Operation(
        "organizations.ListParents",
        ("organizations:ListParents",),
        ("Parents",),
        {"ChildId": "$child"},
        ("Parents",),
        paginated=True,
    ),
    Operation(
        "organizations.ListPolicies",
        ("organizations:ListPolicies",),
        ("Policies",),
        {"Filter": "SERVICE_CONTROL_POLICY"},
        ("Policies",),
        paginated=True,
    ),
    Operation(
        "organizations.ListTargetsForPolicy",
        ("organizations:ListTargetsForPolicy",),
        ("Targets",),
        {"PolicyId": "$policy"},
        ("Targets",),
        paginated=True,
    ),
    Operation(
        "organizations.DescribePolicy",
        ("organizations:DescribePolicy",),
        ("Policy",),
        {"PolicyId": "$policy"},
    ),
    Operation("iam.GetRole", ("iam:GetRole",), ("Role",), _ROLE, absent=_NO_ENTITY),
    Operation(
        "iam.ListRolePolicies",
        ("iam:ListRolePolicies",),
        ("PolicyNames",),
        _ROLE,
        ("PolicyNames",),
        paginated=True,
        absent=_NO_ENTITY,
    ),
    Operation(
        "iam.GetRolePolicy",
        ("iam:GetRolePolicy",),
        ("PolicyDocument",),
        {**_ROLE, "PolicyName": "$policy"},
        absent=_NO_ENTITY,
    ),
    Operation(
        "iam.ListAttachedRolePolicies",
        ("iam:ListAttachedRolePolicies",),
        ("AttachedPolicies",),
        _ROLE,
        ("AttachedPolicies",),
        paginated=True,
        absent=_NO_ENTITY,
    ),
    Operation(
        "iam.GetAccountAuthorizationDetails",
        ("iam:GetAccountAuthorizationDetails",),
        ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"),
        lists=("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"),
        paginated=True,
    ),
    Operation("iam.GetPolicy", ("iam:GetPolicy",), ("Policy",), {"PolicyArn": "$policy"}, absent=_NO_ENTITY),
    Operation(
        "iam.GetPolicyVersion",
        ("iam:GetPolicyVersion",),
        ("PolicyVersion",),
        {"PolicyArn": "$policy", "VersionId": "$version"},
        absent=_NO_ENTITY,
    ),
    Operation(
        "config.DescribeConfigurationAggregators",
        ("config:DescribeConfigurationAggregators",),
        ("ConfigurationAggregators",),
        {},
        ("ConfigurationAggregators",),
        paginated=True,
    ),
    Operation(
        "config.DescribeConfigurationAggregatorSourcesStatus",
        ("config:DescribeConfigurationAggregatorSourcesStatus",),
        ("AggregatedSourceStatusList",),
        {"ConfigurationAggregatorName": "$aggregator"},
        ("AggregatedSourceStatusList",),
        paginated=True,
        absent=("NoSuchConfigurationAggregatorException",),
    ),
    Operation(
        "config.DescribeConfigurationRecorders",
        ("config:DescribeConfigurationRecorders",),
        ("ConfigurationRecorders",),
        {},
        ("ConfigurationRecorders",),
    ),
    Operation(
        "config.DescribeConfigurationRecorderStatus",
        ("config:DescribeConfigurationRecorderStatus",),
        ("ConfigurationRecordersStatus",),
        {},
        ("ConfigurationRecordersStatus",),
    ),
    Operation(
        "config.DescribeConfigRules",
        ("config:DescribeConfigRules",),
        ("ConfigRules",),
        {},
        ("ConfigRules",),
        paginated=True,
    ),
    Operation(
        "config.DescribeDeliveryChannels",
        ("config:DescribeDeliveryChannels",),
        ("DeliveryChannels",),
        {},
        ("DeliveryChannels",),
    ),
    Operation(
        "config.DescribeDeliveryChannelStatus",
        ("config:DescribeDeliveryChannelStatus",),
        ("DeliveryChannelsStatus",),
        {},
        ("DeliveryChannelsStatus",),
    ),
    Operation(
        "config.DescribeRetentionConfigurations",
        ("config:DescribeRetentionConfigurations",),
        ("RetentionConfigurations",),
        {},
        ("RetentionConfigurations",),
        paginated=True,
        absent=("NoSuchRetentionConfigurationException",),
    ),
    Operation(  # who the contact is, is withheld
        "account.GetAlternateContact",
        ("account:GetAlternateContact",),
        ("AlternateContact",),
        {"AlternateContactType": "SECURITY"},
        absent=("ResourceNotFoundException",),
        withheld=(
            "AlternateContact.EmailAddress",
            "AlternateContact.Name",
            "AlternateContact.PhoneNumber",
            "AlternateContact.Title",
        ),
    ),
)
"""Part of the table ``OPERATIONS``."""
