"""What merging templates cannot do: a name, a log group, a throttle and an alarm for each function, route and queue.

Pure: a template (the dict that `chalice package` made) comes in, a new one goes out. Whatever is added to app.py or
resources.yaml is treated as its neighbours are: nothing here is listed by name except the routes that take events.
"""

from __future__ import annotations

import copy
import re
from typing import Any, Final

from infra import alarms, dashboard

Template = dict[str, Any]

FUNCTION: Final = "AWS::Serverless::Function"
TABLE: Final = "AWS::DynamoDB::Table"
QUEUE: Final = "AWS::SQS::Queue"

# The paths by which events arrive, and by which browsers get ready to send them: these share nothing with the routes
# that people click.
INGEST: Final = re.compile(
    r"^/(v1/(batch|import|identify|track|page|screen|group|alias|[bitpsgam]|projects/.*|onsite)|webhooks/.*|beacon/.*|api/.*"
    r"|sourceConfig|analytics\.js/.*|analytics-next/.*|p\.js|onsite\.js|batch|e)/?$"
)


def finish(template: Template) -> Template:
    """The template to deploy, from the one that Chalice merged."""
    finished = copy.deepcopy(template)
    resources = finished["Resources"]
    for logical, name in function_names(finished).items():
        _name_function(resources, logical, name)
    api = resources["RestAPI"]["Properties"]
    api["DefinitionBody"]["info"]["title"] = {"Ref": "Prefix"}  # by which CloudWatch knows the API: alarms ask for it
    api["MethodSettings"] = throttles(api["DefinitionBody"])
    resources.update(alarms.alarms(finished, function_names(finished)))
    resources["Dashboard"] = dashboard.dashboard(finished, function_names(finished))
    return finished


def function_names(template: Template) -> dict[str, str]:
    """Logical id to the function's name without prefix: `ProjectEvents` to `project-events`, `APIHandler` to `api`."""
    return {
        logical: _handler_name(resource["Properties"]["Handler"])
        for logical, resource in sorted(template["Resources"].items())
        if resource["Type"] == FUNCTION
    }


def throttles(swagger: dict[str, Any]) -> list[dict[str, Any]]:
    """API Gateway's method settings: every method has a bucket of its own, those that take events their own rate."""
    rest = {"ThrottlingRateLimit": {"Ref": "RouteRate"}, "ThrottlingBurstLimit": {"Ref": "RouteBurst"}}
    ingest = {"ThrottlingRateLimit": {"Ref": "IngestRate"}, "ThrottlingBurstLimit": {"Ref": "IngestBurst"}}
    settings = [{"ResourcePath": "/*", "HttpMethod": "*", **rest}]
    for path, methods in sorted(swagger["paths"].items()):
        for method in sorted(methods):
            if INGEST.match(path) and method in ("get", "post", "put", "delete"):
                settings.append({"ResourcePath": "/" + path.replace("/", "~1"), "HttpMethod": method.upper(), **ingest})
    return settings


def literal_names(template: Template, prefix: str) -> Template:
    """The template with the tables' names written out.

    CloudFormation adopts a table that stands already (after an uninstall that kept the data, or a restore) only if its
    name is text, not a function of a parameter.
    """
    literal = copy.deepcopy(template)
    for resource in literal["Resources"].values():
        if resource["Type"] == TABLE:
            resource["Properties"]["TableName"] = resource["Properties"]["TableName"]["Fn::Sub"].replace(
                "${Prefix}", prefix
            )
    return literal


def _name_function(resources: dict[str, Any], logical: str, name: str) -> None:
    """A log group of ours with an end, there before the function writes: Lambda's own never expires."""
    function = resources[logical]
    function["Properties"]["FunctionName"] = {"Fn::Sub": "${Prefix}-" + name}
    function["DependsOn"] = [f"{logical}Logs"]
    resources[f"{logical}Logs"] = {
        "Type": "AWS::Logs::LogGroup",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {
            "LogGroupName": {"Fn::Sub": "/aws/lambda/${Prefix}-" + name},
            "RetentionInDays": {"Ref": "LogRetentionDays"},
        },
    }


def _handler_name(handler: str) -> str:
    name = handler.removeprefix("app.")
    return "api" if name == "app" else name.replace("_", "-")
