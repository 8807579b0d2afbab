"""The template that would be deployed, packaged once for all tests that read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from infra import package, stages

Template = dict[str, Any]


class NoManagedPolicies(ManagedPolicyLoader):  # type: ignore[misc]  # it has no types
    """Every function has a role of its own, so SAM has nothing to look up."""

    def __init__(self) -> None:
        super().__init__(iam_client=None)

    def load(self) -> dict[str, str]:
        return {}


@pytest.fixture(scope="session")
def packaged() -> Path:
    """The packaged template. In a folder that stays, so that Chalice builds anew only what changed."""
    return package.package("dev", package.ROOT / "out" / "tests")


@pytest.fixture(scope="session")
def template(packaged: Path) -> Template:
    """The packaged template, read."""
    return package.read_template(packaged)


@pytest.fixture(scope="session")
def expanded(template: Template) -> Template:
    """What CloudFormation makes of it: AWS's own SAM transform applied, functions and events become plain resources."""
    with_code = {**template, "Resources": {**template["Resources"]}}
    for name, resource in with_code["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = {**resource["Properties"], "CodeUri": {"Bucket": "b", "Key": "k"}}
            with_code["Resources"][name] = {**resource, "Properties": properties}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # SAM wants to know one, for partitions
        done: Template = transform(with_code, stages.parameters("dev", template["Parameters"]), NoManagedPolicies())
    return done


def of_type(template: Template, kind: str) -> Template:
    """The resources of a type, by logical id."""
    return {name: found for name, found in template["Resources"].items() if found["Type"] == kind}
