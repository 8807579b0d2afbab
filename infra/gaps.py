"""Where the local cloud's emulator differs from AWS, made up for at deploy; on AWS nothing here runs.

MiniStack 1.5.33 keeps a number that came through a parameter as text (its queue pollers then fail to compare it), and
when it imports an API it drops the gateway responses and the answers of mock integrations (Chalice's CORS preflights).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.aws import Account
from infra.template import Template

API_STAGE = "api"


def with_literal_numbers(template: Template, parameters: Mapping[str, str]) -> Template:
    """The template with parameters of type Number written out wherever resources name them."""
    numbers = {
        name: _number(parameters[name]) for name, spec in template["Parameters"].items() if spec["Type"] == "Number"
    }
    return {**template, "Resources": _written(template["Resources"], numbers)}


def complete_api(account: Account, api: str, template: Template) -> None:
    """Give the imported API what the import dropped, and deploy it anew. Idempotent."""
    client = account.client("apigateway")
    properties = template["Resources"]["RestAPI"]["Properties"]
    for kind, response in properties["GatewayResponses"].items():
        client.put_gateway_response(restApiId=api, responseType=kind, **_gateway_response(response))
    resources = {
        resource["path"]: resource["id"]
        for page in client.get_paginator("get_resources").paginate(restApiId=api)
        for resource in page["items"]
    }
    for path, method, answer in _mocks(properties["DefinitionBody"]):
        client.put_integration_response(
            restApiId=api,
            resourceId=resources[path],
            httpMethod=method.upper(),
            statusCode=answer["statusCode"],
            responseParameters=answer["responseParameters"],
        )
    client.create_deployment(restApiId=api, stageName=API_STAGE)


def _gateway_response(response: Mapping[str, Any]) -> dict[str, Any]:
    headers = response["ResponseParameters"]["Headers"]
    status = {"statusCode": str(response["StatusCode"])} if "StatusCode" in response else {}
    parameters = {f"gatewayresponse.header.{name}": value for name, value in headers.items()}
    return {**status, "responseParameters": parameters, "responseTemplates": response["ResponseTemplates"]}


def _mocks(swagger: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in swagger["paths"].items():
        for method, definition in methods.items():
            integration = definition.get("x-amazon-apigateway-integration", {})
            if integration.get("type") == "mock":
                yield path, method, integration["responses"]["default"]


def _written(node: Any, numbers: Mapping[str, int | float]) -> Any:
    if isinstance(node, list):
        return [_written(child, numbers) for child in node]
    if not isinstance(node, dict):
        return node
    if set(node) == {"Ref"} and node["Ref"] in numbers:
        return numbers[node["Ref"]]
    return {key: _written(child, numbers) for key, child in node.items()}


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)
