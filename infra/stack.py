"""One CloudFormation stack: plan a change set, execute it, watch it, read its outputs."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any, Final

from botocore.exceptions import ClientError

from infra import changeset
from infra.aws import Account, Stopped
from infra.report import Report

CAPABILITIES: Final = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
GOOD: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "DELETE_COMPLETE")
NO_CHANGES: Final = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True)
class Plan:
    """A change set that waits to be executed."""

    name: str
    changes: tuple[changeset.Change, ...]


class Stack:
    """A stack by its name. pause: seconds between two looks."""

    def __init__(self, account: Account, name: str, *, pause: float = 3.0) -> None:
        self.name = name
        self._client = account.client("cloudformation")
        self._pause = pause

    def status(self) -> str | None:
        """CloudFormation's status; None if there is no such stack."""
        found = self._describe()
        return None if found is None else str(found["StackStatus"])

    def outputs(self) -> dict[str, str]:
        """The stack's outputs by name."""
        found = self._describe() or {}
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def tables(self) -> list[str]:
        """The names of the stack's tables."""
        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self.name)
        found = (resource for page in pages for resource in page["StackResourceSummaries"])
        return sorted(
            resource["PhysicalResourceId"] for resource in found if resource["ResourceType"] == "AWS::DynamoDB::Table"
        )

    def template(self) -> dict[str, Any]:
        """The template as deployed, transforms applied."""
        body = self._client.get_template(StackName=self.name, TemplateStage="Processed")["TemplateBody"]
        if not isinstance(body, dict):
            raise Stopped(f"CloudFormation gave no processed template of {self.name}.")
        return body

    def plan(self, template_url: str, parameters: Mapping[str, str]) -> Plan | None:
        """A change set, or None if there is nothing to change. Tables that stand already are adopted."""
        name = f"deploy-{uuid.uuid4().hex[:12]}"
        status = self.status()
        self._client.create_change_set(
            StackName=self.name,
            ChangeSetName=name,
            ChangeSetType="CREATE" if status in (None, "REVIEW_IN_PROGRESS") else "UPDATE",
            TemplateURL=template_url,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in sorted(parameters.items())],
            Capabilities=CAPABILITIES,
            ImportExistingResources=True,
        )
        return self._planned(name)

    def discard(self, plan: Plan) -> None:
        """Forget a change set, and the empty stack that a first one leaves."""
        self._client.delete_change_set(StackName=self.name, ChangeSetName=plan.name)
        if self.status() == "REVIEW_IN_PROGRESS":
            self._client.delete_stack(StackName=self.name)

    def execute(self, plan: Plan, report: Report) -> None:
        """Execute a change set and watch it to its end. Raises Stopped with what failed, and why."""
        seen = self._newest()
        self._client.execute_change_set(StackName=self.name, ChangeSetName=plan.name)
        self._watch(seen, len(plan.changes), report)

    def delete(self, report: Report) -> None:
        """Delete the stack and watch. What its template retains stays."""
        found = self._describe()
        if found is None:
            return
        seen = self._newest()
        total = len(self._client.describe_stack_resources(StackName=self.name)["StackResources"])
        self._client.delete_stack(StackName=self.name)
        self._watch(seen, total, report, identity=str(found["StackId"]))

    def _planned(self, name: str) -> Plan | None:
        while True:
            first = self._client.describe_change_set(StackName=self.name, ChangeSetName=name)
            if first["Status"] == "CREATE_COMPLETE":
                return Plan(name, changeset.changes(self._pages(first, name)))
            if first["Status"] == "FAILED":
                reason = first.get("StatusReason", "no reason given")
                self._client.delete_change_set(StackName=self.name, ChangeSetName=name)
                if any(text in reason for text in NO_CHANGES):
                    return None
                raise Stopped(f"CloudFormation refuses the change: {reason}")
            time.sleep(self._pause)

    def _pages(self, first: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
        page = first
        yield page
        while token := page.get("NextToken"):
            page = self._client.describe_change_set(StackName=self.name, ChangeSetName=name, NextToken=token)
            yield page

    def _watch(self, seen: set[str], total: int, report: Report, *, identity: str | None = None) -> None:
        before, done = set(seen), set[str]()
        failed: list[str] = []
        while True:
            for event in self._fresh(seen, identity):
                status = event.get("ResourceStatus", "")
                if status.endswith("_FAILED") and "cancelled" not in event.get("ResourceStatusReason", ""):
                    failed.append(f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', status)}")
                if status.endswith("_COMPLETE") and event.get("PhysicalResourceId") != event["StackId"]:
                    done.add(event["LogicalResourceId"])
                    report.progress(f"{event['LogicalResourceId']}", min(len(done), total), total)
            status = self._status_of(identity)
            # Without an event of its own nothing has begun: the status would be that of the time before.
            if not status.endswith("_IN_PROGRESS") and seen != before:
                break
            time.sleep(self._pause)
        if status not in GOOD:
            raise Stopped("\n".join([f"The stack {self.name} ended as {status}:", *failed]))
        report.progress("done", total, total)

    def _fresh(self, seen: set[str], identity: str | None) -> list[dict[str, Any]]:
        """Events not seen before, oldest first."""
        fresh = list(takewhile(lambda event: event["EventId"] not in seen, self._events(identity)))
        seen.update(event["EventId"] for event in fresh)
        return fresh[::-1]

    def _newest(self) -> set[str]:
        """The last event so far, which ends every look at those after it; none if nothing has happened yet."""
        return {event["EventId"] for event in islice(self._events(None), 1)}

    def _events(self, identity: str | None) -> Iterator[dict[str, Any]]:
        """Newest first, page by page: a stack keeps the events of ninety days."""
        pages = self._client.get_paginator("describe_stack_events").paginate(StackName=identity or self.name)
        return (event for page in pages for event in page["StackEvents"])

    def _status_of(self, identity: str | None) -> str:
        found = self._describe(identity)
        return "DELETE_COMPLETE" if found is None else str(found["StackStatus"])

    def _describe(self, identity: str | None = None) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._client.describe_stacks(StackName=identity or self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return found
