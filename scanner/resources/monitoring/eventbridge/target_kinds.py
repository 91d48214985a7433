"""The kinds of targets that EventBridge reaches as a role: what a role must be allowed to do, and on what.

Sources: EventBridge User Guide, "IAM roles for sending events to targets"; Incident Manager User Guide, "Creating
incidents automatically"; Systems Manager User Guide, "Configure EventBridge rules to create OpsItems"; Service
Authorization Reference, the resources of each action.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.arns import Arn

ANY = "*"


@dataclass(frozen=True, slots=True)
class TargetKind:
    """A kind of target: what it is called, how the resource of its ARN begins, and the action that uses it.

    ``on_itself`` says that the action is on the target itself; else it is on something that the target does not name
    exactly, and only a role that may do it on nothing at all is certain to fail. ``keys`` are condition keys whose
    value is the target's ARN.
    """

    service: str
    begins: str
    noun: str
    action: str
    on_itself: bool = True
    keys: tuple[str, ...] = ()

    def resource(self, arn: Arn) -> str:
        """What the action is on, for a target of this kind; ``ANY`` where that is not told."""
        named = arn.after(self.begins) if self.begins else arn.resource
        # A version or an alias of a state machine is a resource of its own.
        return str(arn) if self.on_itself and not (self.service == "states" and ":" in named) else ANY

    def known(self, arn: Arn) -> Mapping[str, str | None]:
        """Condition keys that the action's request carries."""
        return dict.fromkeys(self.keys, str(arn))


_KINDS = (
    TargetKind("events", "api-destination/", "API destination", "events:InvokeApiDestination"),
    TargetKind("states", "stateMachine:", "state machine", "states:StartExecution"),
    TargetKind("ecs", "cluster/", "ECS cluster", "ecs:RunTask", on_itself=False, keys=("ecs:cluster",)),
    TargetKind("ssm", "document/", "document for Run Command", "ssm:SendCommand", on_itself=False),
    TargetKind("ssm", "automation-definition/", "runbook", "ssm:StartAutomationExecution", on_itself=False),
    TargetKind("ssm", "opsitem", "OpsItem", "ssm:CreateOpsItem", on_itself=False),
    TargetKind("ssm-incidents", "response-plan/", "response plan", "ssm-incidents:StartIncident"),
    TargetKind("batch", "job-queue/", "job queue", "batch:SubmitJob", on_itself=False),
    TargetKind("codepipeline", "", "pipeline", "codepipeline:StartPipelineExecution"),
    TargetKind("codebuild", "project/", "CodeBuild project", "codebuild:StartBuild"),
    TargetKind("inspector", "", "assessment template", "inspector:StartAssessmentRun", on_itself=False),
    TargetKind("redshift", "cluster:", "Redshift cluster", "redshift-data:ExecuteStatement", on_itself=False),
    TargetKind(
        "redshift-serverless", "workgroup/", "Redshift workgroup", "redshift-data:ExecuteStatement", on_itself=False
    ),
    TargetKind("sagemaker", "pipeline/", "SageMaker pipeline", "sagemaker:StartPipelineExecution"),
)


def kind_of(arn: Arn) -> TargetKind | None:
    """The kind of a target that EventBridge reaches as a role; None for another."""
    found = (kind for kind in _KINDS if kind.service == arn.service and arn.resource.startswith(kind.begins))
    return next(found, None)


def changes_machines(arn: Arn) -> bool:
    """Whether a target is one of EventBridge's own on EC2, such as StopInstances, which tells nobody."""
    return arn.service == "events" and arn.resource.startswith("target/")
