"""One policy for each function, nothing unnamed that AWS lets one name; and the deployer's, which makes all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from chalicelib import resources
from infra import template as finishing
from infra.package import ROOT
from tests.fakes import deployment
from tests.fakes.deployment import PREFIX, STAGE
from tests.infra.conftest import Template, of_type

POLICIES = ROOT / "infra" / "policies"
DEPLOYER = "deployer"
SCAN = "dynamodb:Scan"
OF_LETTERS = ("api", "work_jobs")  # where people look at what was given up, and what erases it: that queue and no other
NAMES = sorted(path.stem for path in POLICIES.glob("*.json") if path.stem != DEPLOYER)

# What CloudFormation lists for our resource types, but needs only for properties that we do not use: by reason.
NOT_NEEDED = {
    "no key, network, file system, stream or table of these services is used": {
        "ec2:*",
        "elasticfilesystem:*",
        "firehose:*",
        "kinesis:*",
        "kms:*",
        "s3files:*",
        "s3tables:*",
    },
    "tables are kept: the deployer must not be able to delete one": {"dynamodb:DeleteTable"},
    "tables have no replicas, imports, policies, Kinesis streams or insights": {
        "dynamodb:AssociateTableReplica",
        "dynamodb:CreateTableReplica",
        "dynamodb:DeleteResourcePolicy",
        "dynamodb:DisableKinesisStreamingDestination",
        "dynamodb:EnableKinesisStreamingDestination",
        "dynamodb:ImportTable",
        "dynamodb:PutResourcePolicy",
        "dynamodb:UpdateContributorInsights",
        "dynamodb:UpdateKinesisStreamingDestination",
        "iam:CreateServiceLinkedRole",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
    },
    "roles have one inline policy, no boundary, no description": {
        "iam:AttachRolePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
    },
    "functions have no versions, signatures, capacity providers or recursion settings": {
        "lambda:AssociateRuntimeAlias",
        "lambda:PassCapacityProvider",
        "lambda:PublishVersion",
        "lambda:PutFunctionCodeSigningConfig",
        "lambda:PutFunctionRecursionConfig",
        "lambda:PutFunctionScalingConfig",
    },
    "log groups are made and kept for a time, nothing else": {
        "logs:AssociateKmsKey",
        "logs:CreateLogDelivery",
        "logs:DeleteDataProtectionPolicy",
        "logs:DeleteIndexPolicy",
        "logs:DeleteResourcePolicy",
        "logs:DisassociateKmsKey",
        "logs:PutBearerTokenAuthentication",
        "logs:PutDataProtectionPolicy",
        "logs:PutIndexPolicy",
        "logs:PutLogGroupDeletionProtection",
        "logs:PutResourcePolicy",
        "s3:REST.PUT.OBJECT",
    },
    "the bucket is encrypted, closed and forgets; it is kept when the stack goes": {
        "s3:CreateBucketMetadata*",
        "s3:DeleteBucket",
        "s3:DeleteBucketAnalyticsConfiguration",
        "s3:DeleteBucketCors",
        "s3:DeleteBucketEncryption",
        "s3:DeleteBucketLifecycle",
        "s3:DeleteBucketMetadata*",
        "s3:DeleteBucketMetricsConfiguration",
        "s3:DeleteBucketReplication",
        "s3:DeleteBucketWebsite",
        "s3:DeleteObject",
        "s3:ListTagsForResource",
        "s3:PutAccelerateConfiguration",
        "s3:PutAnalyticsConfiguration",
        "s3:PutBucketAbac",
        "s3:PutBucketAcl",
        "s3:PutBucketCORS",
        "s3:PutBucketLogging",
        "s3:PutBucketNotification",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketReplication",
        "s3:PutBucketVersioning",
        "s3:PutBucketWebsite",
        "s3:PutIntelligentTieringConfiguration",
        "s3:PutInventoryConfiguration",
        "s3:PutMetricsConfiguration",
        "s3:PutObjectAcl",
        "s3:PutObjectLockConfiguration",
        "s3:PutReplicationConfiguration",
        "s3:TagResource",
        "s3:UntagResource",
        "s3:UpdateBucketMetadata*",
    },
    "text messages have no sender, feedback or protection of the configuration set's own": {
        "sms-voice:AssociateProtectConfiguration",
        "sms-voice:DeleteDefault*",
        "sms-voice:DisassociateProtectConfiguration",
        "sms-voice:SetDefault*",
    },
    "the API is open to the world, topics protect themselves by their policy": {
        "apigateway:UpdateRestApiPolicy",
        "sns:PutDataProtectionPolicy",
    },
}


@cache
def reference() -> dict[str, Any]:
    """AWS's service authorization reference, as cfn-lint ships it: action to the kinds of resource that it can name."""
    path = Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def policy(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((POLICIES / f"{name}.json").read_text())
    return found


def matches(pattern: str, action: str) -> bool:
    return fnmatchcase(action, pattern)


def statements(document: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Every (sid, action, resource) of a policy document."""
    for statement in document["Statement"]:
        actions, named = statement["Action"], statement["Resource"]
        for action in actions if isinstance(actions, list) else [actions]:
            for resource in named if isinstance(named, list) else [named]:
                yield statement["Sid"], action, resource


def can_be_named(action: str) -> bool:
    service, _, name = action.lower().partition(":")
    return bool(reference()[service]["Actions"][name].get("Resources"))


def test_every_function_has_its_own_policy_and_every_policy_its_function(template: Template) -> None:
    functions = finishing.function_names(template)
    assert sorted(name.replace("-", "_") for name in functions.values()) == NAMES
    roles = [template["Resources"][name]["Properties"]["Role"]["Fn::GetAtt"][0] for name in functions]
    assert len(set(roles)) == len(functions)
    assert set(of_type(template, "AWS::IAM::Role")) == set(roles)
    for logical, name in functions.items():
        role = template["Resources"][template["Resources"][logical]["Properties"]["Role"]["Fn::GetAtt"][0]]
        assert "ManagedPolicyArns" not in role["Properties"]
        documents = [policy["PolicyDocument"] for policy in role["Properties"]["Policies"]]
        assert documents == [policy(name.replace("-", "_"))]


OF_THE_ACCOUNT = (
    "ses:PutSuppressedDestination",
    "ses:ListSuppressedDestinations",
    "ses:GetSuppressedDestination",
    "ses:DeleteSuppressedDestination",
)
"""What can name a tenant of SES, of which the account has none: its own list has no name."""


@pytest.mark.parametrize("name", [*NAMES, DEPLOYER])
def test_nothing_is_unnamed_that_can_be_named(name: str) -> None:
    for sid, action, resource in statements(policy(name)):
        if resource == "*":
            named = can_be_named(action) and action not in OF_THE_ACCOUNT
            assert not named, f"{name}/{sid}: {action} can name its resources"


@pytest.mark.parametrize("name", NAMES)
def test_actions_exist_and_are_written_out(name: str) -> None:
    for sid, action, _ in statements(policy(name)):
        service, _, word = action.partition(":")
        assert "*" not in action, f"{name}/{sid}"
        assert word.lower() in reference()[service]["Actions"], f"{name}/{sid}: there is no {action}"


SENDING = ("ses:SendEmail", "ses:GetEmailIdentity", "sms-voice:SendTextMessage", "sns:Publish")
"""What names identities, numbers and devices, which are the account's and not a deployment's."""


LISTS = ("cloudwatch:DescribeAlarms",)
"""What asks for a list of the account, and is held to ours by what it asks for."""


@pytest.mark.parametrize("name", NAMES)
def test_a_function_reaches_only_its_own_deployment(name: str) -> None:
    for grant in deployment.grants(name):
        own = (
            f":{PREFIX}-",
            f"/{PREFIX}-",
            f"/perennial/{STAGE}/",
            f"configuration-set/{PREFIX}",
            "Failures.Arn",
            "Files.Arn",
        )
        named = any(mark in grant.resource for mark in own)
        assert named or grant.resource == "*" or grant.action in (*SENDING, *LISTS), grant


@pytest.mark.parametrize("name", NAMES)
def test_nobody_deletes_tables(name: str) -> None:
    actions = {action for _, action, _ in statements(policy(name))}
    assert not actions & {"dynamodb:DeleteTable", "dynamodb:BatchWriteItem", "dynamodb:UpdateTable"}


def test_only_what_is_about_everybody_scans() -> None:
    scans = {
        (name, grant.resource.rpartition("/")[2])
        for name in NAMES
        for grant in deployment.grants(name)
        if grant.action == SCAN
    }
    assert {name for name, table in scans if table == f"{PREFIX}-enrolments"} == {"work_jobs"}, "who is in a journey"
    assert {table for _, table in scans} == {f"{PREFIX}-customers", f"{PREFIX}-enrolments"}
    assert {name for name, _ in scans} >= {"refit", "work_jobs"}, "refits and rescores"
    assert not {name for name, _ in scans} - {"refit", "work_jobs", "census", "api"}, "and samples for reports"


def test_only_senders_send_and_only_as_the_senders_domain() -> None:
    domain = {"Fn::Join": ["", ["*@", {"Fn::Select": [1, {"Fn::Split": ["@", {"Ref": "SenderAddress"}]}]}]]}
    senders = set()
    for name in NAMES:
        for statement in policy(name)["Statement"]:
            if "ses:SendEmail" in statement["Action"]:
                senders.add(name)
                assert statement["Condition"] == {"StringLike": {"ses:FromAddress": domain}}, name
            assert ("sns:Publish" in statement["Action"]) <= (":endpoint/" in str(statement["Resource"])), name
    assert senders == {"send_bulk", "send_journeys", "send_transactional"}


def test_a_stream_or_queue_can_be_read_by_the_function_it_drives_only(template: Template) -> None:
    for logical, name in finishing.function_names(template).items():
        events = template["Resources"][logical]["Properties"].get("Events", {}).values()
        sources = {event["Type"] for event in events}
        actions = {action for _, action, _ in statements(policy(name.replace("-", "_")))}
        follows = "DynamoDB" in sources or name == "api"  # where people look at events as they come (GET /v1/events)
        assert ("dynamodb:GetRecords" in actions) == follows, name
        receives = "SQS" in sources or name.replace("-", "_") in OF_LETTERS
        assert ("sqs:ReceiveMessage" in actions) == receives, name
    for name in OF_LETTERS:
        taken = {grant.resource for grant in deployment.grants(name) if grant.action == "sqs:ReceiveMessage"}
        assert [one.rpartition(":")[2] for one in taken] == [f"{PREFIX}-{resources.DEAD}"]


# --- the deployer ---


def may(action: str) -> bool:
    return any(matches(grant.action.lower(), action.lower()) for grant in deployment.grants(DEPLOYER))


def test_the_deployers_policy_fits_into_a_managed_policy() -> None:
    assert len(json.dumps(policy(DEPLOYER), separators=(",", ":"))) <= 6144


def test_the_deployer_may_do_what_cloudformation_needs_for_every_resource(expanded: Template) -> None:
    missing = set()
    for kind in {resource["Type"] for resource in expanded["Resources"].values()}:
        handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema.get("handlers", {})
        for step in ("create", "read", "update", "delete"):
            missing |= {action for action in handlers.get(step, {}).get("permissions", []) if not may(action)}
    explained = set().union(*NOT_NEEDED.values())
    assert not {action for action in missing if not any(matches(pattern, action) for pattern in explained)}
    assert not [p for p in explained if not any(matches(p, a) for a in missing)], "no longer needs an excuse"


def test_the_deployer_can_neither_delete_a_table_nor_hand_roles_to_anything_but_lambda() -> None:
    assert not may("dynamodb:DeleteTable")
    passing = [said for said in policy(DEPLOYER)["Statement"] if "iam:PassRole" in said["Action"]]
    assert [said["Condition"] for said in passing] == [
        {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    ]


# Resources whose names are AWS's to choose, or which only are read.
NOT_OURS_TO_NAME = (
    "arn:aws:apigateway:",
    "arn:aws:cloudformation:*:aws:transform/",
    "arn:aws:lambda:*:*:event-source-mapping:",
    "arn:aws:ses:*:*:identity/",
)


def test_the_deployer_changes_only_what_is_named_perennial() -> None:
    for grant in deployment.grants(DEPLOYER):
        reads = grant.action.partition(":")[2].startswith(("Describe", "Get"))
        named = "perennial" in grant.resource or grant.resource.startswith(NOT_OURS_TO_NAME)
        assert named or reads or grant == ("lambda:CreateEventSourceMapping", "*"), grant
