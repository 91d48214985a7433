"""The reads about what EventBridge rules send to besides topics, buses and places that only take what is put in.

Sources: the API reference of each service; AWS Step Functions API reference, ``DescribeStateMachine`` (what
``METADATA_ONLY`` leaves out).
"""

from scanner.aws.reads.operation import Operation

TARGET_OPERATIONS = (
    Operation(  # the path and the query of an endpoint may hold a token
        "events.DescribeApiDestination",
        ("events:DescribeApiDestination",),
        ("ApiDestinationArn",),
        {"Name": "$endpoint"},
        absent=("ResourceNotFoundException",),
        addresses=("InvocationEndpoint",),
    ),
    Operation(  # with what it authenticates is withheld, and so is a reason that may repeat what an endpoint said
        "events.DescribeConnection",
        ("events:DescribeConnection",),
        ("ConnectionArn",),
        {"Name": "$connection"},
        absent=("ResourceNotFoundException",),
        withheld=("AuthParameters", "StateReason"),
    ),
    Operation(
        "stepfunctions.DescribeStateMachine",
        ("states:DescribeStateMachine",),
        ("stateMachineArn",),
        {"stateMachineArn": "$endpoint", "includedData": "METADATA_ONLY"},
        absent=("StateMachineDoesNotExist",),
        withheld=("definition", "description", "variableReferences"),
    ),
    Operation(  # containers are withheld: their environment, commands and labels may hold secrets
        "ecs.DescribeTaskDefinition",
        ("ecs:DescribeTaskDefinition",),
        ("taskDefinition",),
        {"taskDefinition": "$task"},
        withheld=(
            "taskDefinition.containerDefinitions",
            "taskDefinition.volumes",
            "taskDefinition.proxyConfiguration.properties",
        ),
    ),
    Operation(  # the parameters of runbooks are withheld with the actions that hold them
        "ssm-incidents.GetResponsePlan",
        ("ssm-incidents:GetResponsePlan",),
        ("arn",),
        {"arn": "$endpoint"},
        absent=("ResourceNotFoundException",),
        withheld=("actions",),
    ),
    Operation(
        "notifications.ListNotificationConfigurations",
        ("notifications:ListNotificationConfigurations",),
        ("notificationConfigurations",),
        {},
        ("notificationConfigurations",),
        paginated=True,
    ),
    Operation(
        "notifications.ListEventRules",
        ("notifications:ListEventRules",),
        ("eventRules",),
        {"notificationConfigurationArn": "$notification"},
        ("eventRules",),
        paginated=True,
        absent=("ResourceNotFoundException",),
    ),
    Operation(
        "notifications.ListChannels",
        ("notifications:ListChannels",),
        ("channels",),
        {"notificationConfigurationArn": "$notification"},
        ("channels",),
        paginated=True,
        absent=("ResourceNotFoundException",),
    ),
    Operation(  # who reads the mailbox is not needed
        "notificationscontacts.GetEmailContact",
        ("notifications-contacts:GetEmailContact",),
        ("emailContact",),
        {"arn": "$contact"},
        absent=("ResourceNotFoundException",),
        withheld=("emailContact.address", "emailContact.name"),
    ),
    Operation(
        "chatbot.DescribeSlackChannelConfigurations",
        ("chatbot:DescribeSlackChannelConfigurations",),
        ("SlackChannelConfigurations",),
        {},
        ("SlackChannelConfigurations",),
        paginated=True,
        withheld=("SlackChannelConfigurations.SlackChannelName",),
    ),
    Operation(
        "chatbot.ListMicrosoftTeamsChannelConfigurations",
        ("chatbot:ListMicrosoftTeamsChannelConfigurations",),
        ("TeamChannelConfigurations",),
        {},
        ("TeamChannelConfigurations",),
        paginated=True,
        withheld=("TeamChannelConfigurations.ChannelName", "TeamChannelConfigurations.TeamName"),
    ),
    Operation(  # the answer does not hold the URL of a webhook, and its description may
        "chatbot.DescribeChimeWebhookConfigurations",
        ("chatbot:DescribeChimeWebhookConfigurations",),
        ("WebhookConfigurations",),
        {},
        ("WebhookConfigurations",),
        paginated=True,
        withheld=("WebhookConfigurations.WebhookDescription",),
    ),
)
"""Part of the table ``OPERATIONS``."""
