"""The packaged template keeps what RELIABILITY and DESIGN ask of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_file

from chalicelib import resources, settings
from chalicelib.jobs import lifecycle
from chalicelib.jobs.kind import HEAVY
from infra import package
from infra import template as finishing
from tests.fakes import tables as moto_tables
from tests.infra.conftest import Template, of_type

QUEUE, TABLE, FUNCTION = "AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::Serverless::Function"
FUNCTIONS = {
    "api",
    "project-events",
    "start-journeys",
    "tick",
    "review-due",
    "walk-due",
    "send-transactional",
    "send-journeys",
    "send-bulk",
    "take-feedback",
    "work-jobs",
    "refit",
    "census",
}
SELDOM = {"Census", "Refit"}
"""Functions that run for minutes, once a night or a week."""
# Set for a library and for nothing of ours: settings.py does not read it.
OF_LIBRARIES = {"LOG_LEVEL": "chalicelib/aws/telemetry.py gives it to the logger"}


def live_and_dead(template: Template) -> tuple[Template, Template]:
    queues = of_type(template, QUEUE)
    live = {name: queue for name, queue in queues.items() if "RedrivePolicy" in queue["Properties"]}
    return live, {name: queue for name, queue in queues.items() if name not in live}


def mappings(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Function to its event source of a kind (`SQS`, `DynamoDB`)."""
    return {
        name: event["Properties"]
        for name, function in of_type(template, FUNCTION).items()
        for event in function["Properties"].get("Events", {}).values()
        if event["Type"] == kind
    }


def alarms_on(template: Template, metric: str) -> set[str]:
    """Logical ids that an alarm's dimension names."""
    found = set()
    for alarm in of_type(template, "AWS::CloudWatch::Alarm").values():
        if alarm["Properties"]["MetricName"] == metric:
            for dimension in alarm["Properties"].get("Dimensions", []):
                value = dimension["Value"]
                found.add(value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0])
    return found


def test_cfn_lint_finds_nothing(packaged: Path) -> None:
    assert [str(match) for match in lint_file(packaged)] == []


def test_every_function_is_there_and_named(template: Template) -> None:
    assert set(finishing.function_names(template).values()) == FUNCTIONS


def test_the_same_sources_make_the_same_bytes(packaged: Path) -> None:
    with zipfile.ZipFile(packaged.with_name("deployment.zip")) as built:
        names = [entry.filename for entry in built.infolist()]
        assert names == sorted(names)
        assert {entry.date_time for entry in built.infolist()} == {package.UNCHANGING}
        assert {"app.py", "chalice/app.py", "chalicelib/wiring/__init__.py"} <= set(names)
        assert not [name for name in names if name.startswith(("infra/", "tests/"))]


def test_every_module_comes_with_its_byte_code(packaged: Path) -> None:
    with zipfile.ZipFile(packaged.with_name("deployment.zip")) as built:
        names = {entry.filename for entry in built.infolist()}
        ours = {name for name in names if name.startswith(("app.py", "chalicelib/", "boto3/")) and name.endswith(".py")}
        assert len(ours) > 200
        assert {cache_from_source(name) for name in ours} <= names
        assert built.read(cache_from_source("app.py")) == package.byte_code("app.py", built.read("app.py"))


def test_byte_code_depends_on_the_source_alone() -> None:
    write = "sys.stdout.buffer.write(byte_code('a.py', sys.argv[1].encode()))"
    compiling = f"import sys; from infra.package import byte_code; {write}"
    source = "NAMES = {'a', 'b', 'c'}\ndef known(name): return name in {'one', 'two', 'three', 'four'}\n"
    made = {
        subprocess.run(
            [sys.executable, "-c", compiling, source],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=package.ROOT,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(made) == 1
    assert package.byte_code("b.py", b"print 'of another Python'") is None


def test_the_package_fits_lambda(packaged: Path) -> None:
    with zipfile.ZipFile(packaged.with_name("deployment.zip")) as built:
        assert sum(entry.file_size for entry in built.infolist()) < 250e6


def test_the_template_has_no_aliases(packaged: Path) -> None:
    assert "&id0" not in packaged.read_text()


def test_tables_are_kept_protected_and_recoverable(template: Template) -> None:
    tables = of_type(template, TABLE)
    names = {table["Properties"]["TableName"]["Fn::Sub"] for table in tables.values()}
    assert names == {f"${{Prefix}}-{table}" for table in resources.TABLES}
    for name, table in tables.items():
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain", name
        assert table["Properties"]["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}, name
        assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}, name
    assert template["Parameters"]["DeletionProtection"]["Default"] == "true"


@pytest.mark.parametrize("table", resources.TABLES)
def test_the_tables_of_the_store_tests_are_those_deployed(template: Template, table: str) -> None:
    deployed = template["Resources"][table.capitalize()]["Properties"]
    tested = moto_tables.definition(table)
    for key in ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes"):
        assert deployed.get(key) == tested.get(key), key
    streamed = tested.get("StreamSpecification", {}).get("StreamViewType")
    assert deployed.get("StreamSpecification", {}).get("StreamViewType") == streamed


def test_what_any_queue_gives_up_goes_to_one_other_and_all_have_an_alarm(template: Template) -> None:
    live, dead = live_and_dead(template)
    assert {queue["Properties"]["QueueName"]["Fn::Sub"] for queue in live.values()} == {
        f"${{Prefix}}-{queue}" for queue in resources.QUEUES
    }
    assert [queue["Properties"]["QueueName"]["Fn::Sub"] for queue in dead.values()] == [f"${{Prefix}}-{resources.DEAD}"]
    targets = {queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] for queue in live.values()}
    assert targets == set(dead)
    assert alarms_on(template, "ApproximateAgeOfOldestMessage") == set(live)
    assert alarms_on(template, "ApproximateNumberOfMessagesVisible") == set(dead)
    for queue in live.values():
        assert queue["Properties"]["RedrivePolicy"]["maxReceiveCount"] == 5
    for queue in (live | dead).values():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True


def test_messages_stay_hidden_six_times_as_long_as_their_worker_may_run(template: Template) -> None:
    for name, source in mappings(template, "SQS").items():
        queue = template["Resources"][source["Queue"]["Fn::GetAtt"][0]]["Properties"]
        assert queue["VisibilityTimeout"] >= 6 * template["Resources"][name]["Properties"]["Timeout"], name


def test_no_retry_is_unbounded_and_one_bad_record_fails_alone(template: Template) -> None:
    streams = mappings(template, "DynamoDB")
    assert len(streams) == 4
    for source in streams.values():
        assert 0 < source["MaximumRetryAttempts"] <= 100
        assert 0 < source["MaximumRecordAgeInSeconds"] < 24 * 3600
        assert source["BisectBatchOnFunctionError"] is True
        assert source["DestinationConfig"]["OnFailure"]["Type"] == "S3"
        assert source["StartingPosition"] == "TRIM_HORIZON"
        assert source["FilterCriteria"]["Filters"]
        assert "placeholder" not in json.dumps(source)
    for source in (streams | mappings(template, "SQS")).values():
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    for name, source in mappings(template, "SQS").items():
        assert "ScalingConfig" in source, name
        assert set(source["Queue"]) == {"Fn::GetAtt"}, name
    for source in mappings(template, "Schedule").values():
        assert source["RetryPolicy"]["MaximumRetryAttempts"] <= 1
    assert template["Resources"]["Tick"]["Properties"]["EventInvokeConfig"]["MaximumRetryAttempts"] == 0


def test_the_function_of_heavy_jobs_is_called_for_them_and_no_others(template: Template) -> None:
    (only,) = mappings(template, "DynamoDB")["Refit"]["FilterCriteria"]["Filters"]
    assert set(json.loads(only["Pattern"])["dynamodb"]["NewImage"]["kind"]["S"]) == HEAVY
    assert mappings(template, "DynamoDB")["Refit"]["MaximumRetryAttempts"] <= 2, "each may run for minutes"


def test_the_week_that_people_are_told_is_the_one_of_the_schedule(template: Template) -> None:
    day = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")[lifecycle.WEEKDAY]
    schedule = mappings(template, "Schedule")["Refit"]["Schedule"]
    assert schedule == f"cron({lifecycle.MINUTE} {lifecycle.HOUR} ? * {day} *)"


def test_functions_have_alarms_memory_time_and_a_log_that_ends(template: Template) -> None:
    functions = of_type(template, FUNCTION)
    others = set(mappings(template, "SQS")) | {"APIHandler"}
    assert alarms_on(template, "Errors") == set(functions) - others, "queues and the endpoint have their own"
    assert alarms_on(template, "IteratorAge") == set(mappings(template, "DynamoDB")) - SELDOM
    assert alarms_on(template, "BadRefit") == {"Refit"}
    metrics = [alarm["Properties"]["MetricName"] for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()]
    assert {"Throttles", "5XXError", "Reputation.BounceRate", "Reputation.ComplaintRate"} <= set(metrics)
    for name, function in functions.items():
        properties = function["Properties"]
        assert properties["MemorySize"]["Ref"] in template["Parameters"], name
        assert properties["Timeout"] <= (900 if name in SELDOM else 60), name
        log = template["Resources"][f"{name}Logs"]["Properties"]
        assert log["LogGroupName"]["Fn::Sub"] == "/aws/lambda/" + properties["FunctionName"]["Fn::Sub"]
        assert log["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert template["Resources"]["APIHandler"]["Properties"]["Timeout"] <= 29


def test_every_alarm_reaches_somebody(template: Template) -> None:
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
        assert alarm["Properties"]["TreatMissingData"] == "notBreaching", name


def test_the_environment_is_what_settings_read(template: Template) -> None:
    variables = set(template["Globals"]["Function"]["Environment"]["Variables"])
    assert variables - {*OF_LIBRARIES, settings.SERVES_HTTP} == set(settings.variables())
    assert set(OF_LIBRARIES) <= variables
    for name, function in of_type(template, FUNCTION).items():
        assert "Environment" not in function["Properties"] or name == "APIHandler", name


def test_only_the_endpoints_function_serves_http(template: Template) -> None:
    """The others do not wait for the endpoints' models at each cold start."""
    assert template["Globals"]["Function"]["Environment"]["Variables"][settings.SERVES_HTTP] == "no"
    own = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    assert own == {settings.SERVES_HTTP: "yes"}


def test_a_flood_of_events_has_buckets_of_its_own(template: Template) -> None:
    api = template["Resources"]["RestAPI"]["Properties"]
    rates = {(s["HttpMethod"], s["ResourcePath"]): s["ThrottlingRateLimit"]["Ref"] for s in api["MethodSettings"]}
    assert rates.pop(("*", "/*")) == "RouteRate"
    assert ("POST", "/~1v1~1batch") in rates
    assert set(rates.values()) == {"IngestRate"}
    assert not [path for _, path in rates if path.startswith("/~1u")]


def test_the_gateways_own_answers_keep_our_form(template: Template) -> None:
    answers = template["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED", "REQUEST_TOO_LARGE", "MISSING_AUTHENTICATION_TOKEN"} <= set(
        answers
    )
    for kind, answer in answers.items():
        body = answer["ResponseTemplates"]["application/json"].replace("$context.error.messageString", '"why"')
        assert set(json.loads(body)) == {"code", "message", "details"}, kind
        headers = answer["ResponseParameters"]["Headers"]
        assert headers["Access-Control-Allow-Origin"] == "'*'", kind
        assert "X-Retry-Count" in headers["Access-Control-Allow-Headers"], kind
        assert headers["Access-Control-Expose-Headers"] == "'Retry-After'", kind
        status = answer.get("StatusCode")
        assert status not in (408, 410), kind  # clients repeat those without end
        if status in (429, 503):
            assert int(headers["Retry-After"].strip("'")) >= 1, kind


def test_only_our_configuration_set_writes_to_the_topic_and_only_the_topic_to_the_queue(template: Template) -> None:
    topic = template["Resources"]["MailTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    assert set(topic["Condition"]["StringEquals"]) == {"AWS:SourceAccount", "AWS:SourceArn"}
    queue = template["Resources"]["FeedbackPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    assert queue["Condition"]["ArnEquals"] == {"aws:SourceArn": {"Ref": "MailTopic"}}
    assert queue["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert "KmsMasterKeyId" not in template["Resources"]["MailTopic"]["Properties"]  # SES could not write
    kinds = template["Resources"]["MailEvents"]["Properties"]["EventDestination"]["MatchingEventTypes"]
    assert {"send", "delivery", "bounce", "complaint", "reject", "open", "click"} <= set(kinds)


def test_the_dashboard_shows_every_function_and_queue(template: Template) -> None:
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert len(json.loads(body)["widgets"]) == 12
    assert all(f"${{Prefix}}-{name}" in body for name in FUNCTIONS)
    assert all(f"${{{queue}.QueueName}}" in body for queue in of_type(template, QUEUE))


def test_table_names_are_text_when_they_are_deployed(template: Template) -> None:
    tables = of_type(finishing.literal_names(template, "perennial-x"), TABLE)
    assert {table["Properties"]["TableName"] for table in tables.values()} == {
        f"perennial-x-{table}" for table in resources.TABLES
    }
