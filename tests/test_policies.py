"""Every function may do what it does, and nothing else: the AWS calls of the recorded flow against infra/policies.

IAM grants actions, not operations: a transaction asks for the action of each write in it, and a batch of messages
for the action of one. What Lambda itself does on a function's behalf (polling its queue or stream, keeping what was
given up, writing logs) is not in a recording, and is listed here by the kind of source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from chalicelib import resources
from tests.fakes import deployment
from tests.fakes.deployment import ACCOUNT, PREFIX, REGION, Grant
from tests.fakes.platforms import Call
from tests.fakes.world import FUNCTIONS, STREAMS, WORKERS
from tests.flow.told import recorded

DYNAMODB = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table"
SQS = f"arn:aws:sqs:{REGION}:{ACCOUNT}"
LAMBDA = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
SES = f"arn:aws:ses:{REGION}:{ACCOUNT}"
TEXTS = f"arn:aws:sms-voice:{REGION}:{ACCOUNT}"
SSM = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter"
POLLING = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
FOLLOWING = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
IN_TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_a_function_asks_of_aws_is_allowed(function: str) -> None:
    allowed = set(deployment.grants(function))
    refused = {need for need in needs(function) if not any(_covers(grant, need) for grant in allowed)}
    assert not refused


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_is_allowed_that_is_not_used(function: str) -> None:
    used = needs(function) | platform(function)
    assert not {grant for grant in deployment.grants(function) if not any(_covers(grant, need) for need in used)}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_lambda_may_poll_and_keep_and_log_for_a_function(function: str) -> None:
    assert platform(function) <= set(deployment.grants(function))


@cache
def needs(function: str) -> frozenset[Grant]:
    """What the recorded calls of a function ask for."""
    return frozenset(need for call in recorded() if call.function == function for need in asked(call))


def asked(call: Call) -> Iterator[Grant]:
    """The actions and resources that IAM checks for one call."""
    parameters = call.parameters
    match call.service, call.operation:
        case "dynamodb", "TransactWriteItems":
            for write in parameters["TransactItems"]:
                ((kind, inner),) = write.items()
                yield Grant(f"dynamodb:{IN_TRANSACTION[kind]}", f"{DYNAMODB}/{inner['TableName']}")
        case "dynamodb", "BatchGetItem":
            for table in parameters["RequestItems"]:
                yield Grant("dynamodb:BatchGetItem", f"{DYNAMODB}/{table}")
        case "dynamodb", operation:
            index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
            yield Grant(f"dynamodb:{operation}", f"{DYNAMODB}/{parameters['TableName']}{index}")
        case "dynamodbstreams" | "dynamodb streams", operation:
            yield Grant(f"dynamodb:{operation}", f"{DYNAMODB}/{PREFIX}-{resources.EVENTS}/stream/*")
        case "sqs", "SendMessageBatch":
            yield Grant("sqs:SendMessage", f"{SQS}:{parameters['QueueUrl'].rpartition('/')[2]}")
        case "sqs", operation:
            action = operation.removesuffix("Batch")
            yield Grant(f"sqs:{action}", f"{SQS}:{parameters['QueueUrl'].rpartition('/')[2]}")
        case "cloudwatch", "DescribeAlarms":
            assert parameters["AlarmNamePrefix"] == f"{PREFIX}-", (
                "a list is asked of the account, whatever it leaves out"
            )
            yield Grant("cloudwatch:DescribeAlarms", f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*")
        case "cloudwatch", "GetMetricStatistics":
            yield Grant("cloudwatch:GetMetricStatistics", "*")
        case "lambda", "Invoke":
            yield Grant("lambda:InvokeFunction", f"{LAMBDA}:{parameters['FunctionName']}")
        case "s3", "ListObjectsV2":
            yield Grant("s3:ListBucket", f"{_bucket(parameters)}.Arn")
        case "s3", operation:
            action = {"HeadObject": "GetObject"}.get(operation, operation)
            yield Grant(f"s3:{action}", f"${{{_bucket(parameters)}.Arn}}/{parameters['Key']}")
        case "ssm", "GetParameter" | "PutParameter":
            yield Grant(f"ssm:{call.operation}", SSM + parameters["Name"])
        case "sesv2", "SendEmail":
            sender = parameters["FromEmailAddress"].rpartition("<")[2].rstrip(">")
            yield Grant("ses:SendEmail", f"{SES}:identity/{sender}")
            yield Grant("ses:SendEmail", f"{SES}:configuration-set/{parameters['ConfigurationSetName']}")
        case "sesv2", "GetEmailIdentity":
            yield Grant("ses:GetEmailIdentity", f"{SES}:identity/{parameters['EmailIdentity']}")
        case "sesv2", "GetConfigurationSet":
            yield Grant("ses:GetConfigurationSet", f"{SES}:configuration-set/{parameters['ConfigurationSetName']}")
        case "sesv2", operation:  # of the account itself
            yield Grant(f"ses:{operation}", "*")
        case "pinpoint-sms-voice-v2", "SendTextMessage":
            # A sender may name a number, a pool or a sender id; which one, the deployment says.
            for kind in ("phone-number", "pool", "sender-id"):
                yield Grant("sms-voice:SendTextMessage", f"{TEXTS}:{kind}/any")
            yield Grant("sms-voice:SendTextMessage", f"{TEXTS}:configuration-set/{parameters['ConfigurationSetName']}")
        case "sns", "CreatePlatformEndpoint" | "DeleteEndpoint":
            yield Grant(f"sns:{call.operation}", "*")  # IAM knows no resource for these
        case "sns", "Publish":
            yield Grant("sns:Publish", parameters["TargetArn"])
        case other:
            raise AssertionError(f"say here what IAM asks for {other}")


def _bucket(parameters: Mapping[str, Any]) -> str:
    """The logical id of the bucket of a call."""
    return "Failures" if parameters["Bucket"].endswith("-failures") else "Files"


def platform(function: str) -> set[Grant]:
    """What Lambda itself needs of a function's role."""
    logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/{PREFIX}-{function.replace('_', '-')}:*"
    grants = {Grant("logs:CreateLogStream", logs), Grant("logs:PutLogEvents", logs)}
    for queue, worker in WORKERS.items():
        if worker == function:
            grants |= {Grant(f"sqs:{action}", f"{SQS}:{PREFIX}-{queue}") for action in POLLING}
    for table, followers in STREAMS.items():
        if function in followers:
            stream = f"{DYNAMODB}/{PREFIX}-{table}/stream/*"
            grants |= {Grant(f"dynamodb:{action}", stream) for action in FOLLOWING}
            grants |= {Grant("s3:PutObject", "${Failures.Arn}/*"), Grant("s3:ListBucket", "Failures.Arn")}
    return grants


def test_every_table_and_queue_is_used_by_somebody() -> None:
    used = {need.resource for function in FUNCTIONS for need in needs(function)}
    for table in resources.TABLES:
        assert f"{DYNAMODB}/{PREFIX}-{table}" in used
    for queue in set(resources.QUEUES) - {resources.FEEDBACK}:
        assert f"{SQS}:{PREFIX}-{queue}" in used


def _covers(grant: Grant, need: Grant) -> bool:
    return grant.action == need.action and fnmatchcase(need.resource, grant.resource)


def test_an_action_is_read_from_every_kind_of_call() -> None:
    table: dict[str, Any] = {"TableName": "test-sends"}
    writes = [{"Put": table}, {"ConditionCheck": {"TableName": "test-customers"}}]
    assert list(asked(Call("api", "dynamodb", "TransactWriteItems", {"TransactItems": writes}))) == [
        Grant("dynamodb:PutItem", f"{DYNAMODB}/test-sends"),
        Grant("dynamodb:ConditionCheckItem", f"{DYNAMODB}/test-customers"),
    ]
    assert list(asked(Call("api", "dynamodb", "Query", table | {"IndexName": "due"}))) == [
        Grant("dynamodb:Query", f"{DYNAMODB}/test-sends/index/due")
    ]
