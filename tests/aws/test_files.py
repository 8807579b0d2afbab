"""Files as the fake and S3 (in moto) keep them."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib.aws import clients
from chalicelib.aws.files import Files, S3Files
from tests.fakes.files import MemoryFiles


@pytest.fixture(params=["memory", "moto"])
def files(request: pytest.FixtureRequest) -> Iterator[Files]:
    if request.param == "memory":
        yield MemoryFiles()
        return
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        clients.client.cache_clear()
        boto3.client("s3").create_bucket(Bucket="test-files")
        yield S3Files(clients.client("s3"), "test-files")
        clients.client.cache_clear()


def test_a_file_is_read_in_ranges(files: Files) -> None:
    files.write("imports/a.csv", b"0123456789")
    assert files.size("imports/a.csv") == 10
    assert files.read("imports/a.csv", 2, 3) == b"234"
    assert files.read("imports/a.csv", 8, 100) == b"89"
    assert files.read("imports/a.csv", 10, 1) == b""
    assert files.read("imports/a.csv", 99, 1) == b""


def test_a_file_that_is_not_there_is_told(files: Files) -> None:
    assert files.size("none") is None
    with pytest.raises(KeyError):
        files.read("none", 0, 1)
    files.delete("none")


def test_the_same_content_has_the_same_content_id(files: Files) -> None:
    for key, body in (("one", b"same"), ("two", b"same"), ("three", b"other")):
        files.write(key, body)
    assert files.content_id("one") == files.content_id("two") != files.content_id("three")
    with pytest.raises(KeyError):
        files.content_id("none")


def test_a_file_is_replaced_as_long_as_it_is_what_was_read(files: Files) -> None:
    files.write("one", b"first")
    read = files.content_id("one")
    assert files.replace("one", b"second", read)
    assert not files.replace("one", b"third", read), "somebody else was faster"
    assert files.read("one", 0, 10) == b"second"
    files.delete("one")
    assert not files.replace("one", b"fourth", read)
    assert files.size("one") is None


def test_an_empty_file_is_a_file(files: Files) -> None:
    files.write("empty", b"")
    assert files.size("empty") == 0
    assert files.read("empty", 0, 10) == b""


def test_files_are_listed_by_their_beginning_and_removed(files: Files) -> None:
    for key in ("exports/b", "exports/a", "imports/a"):
        files.write(key, b"x")
    assert list(files.keys("exports/")) == ["exports/a", "exports/b"]
    files.delete("exports/a")
    assert list(files.keys("exports/")) == ["exports/b"]


def test_links_name_the_file_and_end(files: Files) -> None:
    files.write("exports/a.json", b"{}")
    up, down = files.upload_link("imports/new.csv"), files.download_link("exports/a.json", "ada.json")
    assert up.startswith("https://")
    assert "imports/new.csv" in up
    assert "exports/a.json" in down
    assert "ada.json" in down
    if isinstance(files, S3Files):
        assert "X-Amz-Expires=3600" in up
        assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in down


def test_s3_says_forbidden_of_what_is_not_there_to_whoever_may_not_list() -> None:
    class Closed:
        def head_object(self, **_: object) -> None:
            answer = {"Error": {"Code": "403"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(answer, "HeadObject")  # type: ignore[arg-type]

    assert S3Files(Closed(), "test-files").size("imports/none") is None
