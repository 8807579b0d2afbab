"""A stage's life in the emulator, by the commands that AWS gets: made, made again, a table restored, gone, and back."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from chalicelib import resources
from infra import deploy, keys, uninstall
from infra.aws import Account, Stopped, explained
from infra.local import cloud as cloud_module
from infra.local.cloud import Cloud
from infra.local.places import Places
from infra.report import Report

pytestmark = pytest.mark.cloud

STACK = "perennial-local"
RESTORED = f"{STACK}-customers-20261122t093000"
MARK = {"pk": {"S": "u#1"}, "sk": {"S": "profile"}}


class Shop:
    """An account in the emulator, and what was said to its engineer."""

    def __init__(self, account: Account, packaged: Path) -> None:
        self.account = account
        self.packaged = packaged
        self.said: list[str] = []
        self.report = Report(say=self.said.append)

    def deploy(self, *, agree: bool = True, **options: Any) -> deploy.Deployment:
        how = deploy.Options(
            packaged=self.packaged, agree=lambda _: agree, pause=0.1, advise=False, **{"restored": {}, **options}
        )
        with explained():
            return deploy.deploy("local", self.account, how, self.report)

    def table_of(self, function: str) -> str:
        found = self.account.client("lambda").get_function_configuration(FunctionName=f"{STACK}-{function}")
        return str(found["Environment"]["Variables"]["CUSTOMERS_TABLE"])

    def sources(self) -> set[str]:
        pages = self.account.client("lambda").get_paginator("list_event_source_mappings").paginate()
        return {mapping["EventSourceArn"] for page in pages for mapping in page["EventSourceMappings"]}


def call(method: str, url: str) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body of an answer."""
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=20)) as connection:
        connection.request(method, parts.path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


@pytest.fixture(scope="module")
def shop(packaged: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    cloud_port, mailbox_port = cloud_module._free_ports(2)
    cloud = Cloud(Places(tmp_path_factory.mktemp("cloud"), cloud_port, mailbox_port))
    cloud.start()
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    yield Shop(Account(session, cloud.places.aws), packaged)
    cloud.down()


def test_a_first_deploy_that_is_not_agreed_to_leaves_nothing(shop: Shop) -> None:
    with pytest.raises(Stopped, match="Nothing was changed"):
        shop.deploy(agree=False)
    assert shop.account.client("dynamodb").list_tables()["TableNames"] == []


def test_a_first_deploy_makes_everything_and_a_second_changes_nothing(shop: Shop) -> None:
    first = shop.deploy()
    assert first.changed
    assert first.public_url == keys.public_url(shop.account, "local")
    assert set(shop.account.client("dynamodb").list_tables()["TableNames"]) == {
        f"{STACK}-{table}" for table in resources.TABLES
    }
    second = shop.deploy()
    assert not second.changed
    assert second.outputs == first.outputs


def test_what_the_gateway_answers_itself_has_our_form(shop: Shop) -> None:
    url = keys.public_url(shop.account, "local")
    status, headers, body = call("GET", f"{url}/v1/nowhere")
    assert (status, json.loads(body)["code"]) == (404, "not_found")
    assert headers["Access-Control-Allow-Origin"] == "*"
    status, headers, _ = call("OPTIONS", f"{url}/v1/batch")
    assert status == 200
    assert "X-Retry-Count" in headers["Access-Control-Allow-Headers"]


def test_mail_events_are_subscribed_to(shop: Shop) -> None:
    found = shop.account.client("sesv2").get_configuration_set_event_destinations(ConfigurationSetName=STACK)
    (destination,) = found["EventDestinations"]
    assert {"SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "OPEN", "CLICK"} <= set(destination["MatchingEventTypes"])


def test_a_change_of_settings_is_deployed_and_replaces_no_table(shop: Shop) -> None:
    shop.said.clear()
    assert shop.deploy(changed={"WorkerMemory": "640"}).changed
    assert not [line for line in shop.said[1].splitlines() if "Table" in line and "REPLACED" in line]


def test_a_template_without_a_table_is_refused(shop: Shop, tmp_path: Path) -> None:
    from infra.package import read_template, write_template

    content = read_template(shop.packaged)
    text = str(content["Resources"]["Work"]["Properties"])
    content["Resources"]["Work"]["Properties"]["KeySchema"] = [{"AttributeName": "pk", "KeyType": "HASH"}]
    content["Resources"]["Work"]["Properties"]["AttributeDefinitions"] = [{"AttributeName": "pk", "AttributeType": "S"}]
    assert str(content["Resources"]["Work"]["Properties"]) != text
    (tmp_path / "deployment.zip").write_bytes(shop.packaged.with_name("deployment.zip").read_bytes())
    write_template(content, tmp_path / "sam.yaml")
    with pytest.raises(Stopped, match=r"Work \(AWS::DynamoDB::Table\) would be replaced"):
        Shop(shop.account, tmp_path / "sam.yaml").deploy()


def test_a_restored_table_is_adopted_and_the_old_one_stays(shop: Shop) -> None:
    client = shop.account.client("dynamodb")
    client.put_item(TableName=f"{STACK}-customers", Item=MARK)
    old = client.describe_table(TableName=f"{STACK}-customers")["Table"]
    client.create_table(
        TableName=RESTORED,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=old["KeySchema"],
        AttributeDefinitions=old["AttributeDefinitions"],
        StreamSpecification=old["StreamSpecification"],
        GlobalSecondaryIndexes=[
            {key: index[key] for key in ("IndexName", "KeySchema", "Projection")}
            for index in old["GlobalSecondaryIndexes"]
        ],
    )
    assert shop.deploy(restored={"customers": RESTORED}).changed
    assert shop.table_of("review-due") == RESTORED
    stream = client.describe_table(TableName=RESTORED)["Table"]["LatestStreamArn"]
    assert stream in shop.sources()
    assert old["LatestStreamArn"] not in shop.sources()
    assert client.get_item(TableName=f"{STACK}-customers", Key=MARK)["Item"] == MARK


def test_the_old_table_comes_back_only_by_name(shop: Shop) -> None:
    with pytest.raises(Stopped, match="would be removed"):
        shop.deploy()
    assert shop.deploy(restored={"customers": f"{STACK}-customers"}).changed
    assert shop.table_of("review-due") == f"{STACK}-customers"


def test_an_uninstalled_stage_finds_its_data_when_it_is_deployed_again(shop: Shop) -> None:
    client = shop.account.client("dynamodb")
    secrets = shop.account.client("ssm").get_parameter(Name="/perennial/local/secrets", WithDecryption=True)
    with pytest.raises(Stopped, match="Nothing was changed"):
        uninstall.uninstall("local", shop.account, shop.report, agree=lambda _: False, pause=0.1)
    kept = uninstall.uninstall("local", shop.account, shop.report, agree=lambda _: True, pause=0.1)
    assert kept == sorted(f"{STACK}-{table}" for table in resources.TABLES)
    assert set(kept) <= set(client.list_tables()["TableNames"])
    assert f"{STACK}-api" not in str(shop.account.client("lambda").list_functions())
    assert shop.deploy().changed
    assert client.get_item(TableName=f"{STACK}-customers", Key=MARK)["Item"] == MARK
    again = shop.account.client("ssm").get_parameter(Name="/perennial/local/secrets", WithDecryption=True)
    assert again["Parameter"]["Value"] == secrets["Parameter"]["Value"]


def test_what_is_not_there_cannot_be_uninstalled(shop: Shop) -> None:
    with pytest.raises(Stopped, match="There is no stack"):
        uninstall.uninstall("nowhere", shop.account, shop.report, agree=lambda _: True)
