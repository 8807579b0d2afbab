"""The bucket of files, as jobs see it: what people bring (imports) and take away (reports, exports).

Keys are paths below one bucket: `imports/...`, `exports/...`. Files are forgotten after 30 days, and read in ranges,
so that a file of any size fits a small function.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from chalicelib.aws import clients

LINK_SECONDS = 3600  # how long a link to a file is good


class Files(Protocol):
    """Any call may raise Transient."""

    def size(self, key: str) -> int | None:
        """The length of a file in bytes; None if there is none."""
        ...

    def content_id(self, key: str) -> str:
        """A text that is the same for the same content, uploaded in one piece. KeyError if there is no file."""
        ...

    def read(self, key: str, start: int, length: int) -> bytes:
        """At most `length` bytes from `start` on; fewer at the end, none behind it. KeyError if there is no file."""
        ...

    def write(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        """Write a whole file, over whatever stands there."""
        ...

    def replace(self, key: str, body: bytes, content_id: str, content_type: str = "application/octet-stream") -> bool:
        """Write a whole file over the content of that id; False, and nothing is written, if it is another by now."""
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin so, in their order."""
        ...

    def delete(self, key: str) -> None:
        """Remove a file; a missing one is no error."""
        ...

    def upload_link(self, key: str) -> str:
        """A URL to which anybody can PUT this one file within the hour."""
        ...

    def download_link(self, key: str, filename: str) -> str:
        """A URL from which anybody can GET this one file within the hour, to be saved under a name."""
        ...


class S3Files:
    """`Files` in a bucket."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def size(self, key: str) -> int | None:
        try:
            return int(self._call("head_object", Key=key)["ContentLength"])
        except KeyError:
            return None

    def content_id(self, key: str) -> str:
        found = self._call("head_object", Key=key)
        return f"{found['ContentLength']} {found['ETag']}"

    def read(self, key: str, start: int, length: int) -> bytes:
        from botocore.exceptions import ClientError

        try:
            with clients.sorted_errors():
                answer = self._call("get_object", Key=key, Range=f"bytes={start}-{start + length - 1}")
                body: bytes = answer["Body"].read()
                return body
        except ClientError as error:
            if clients.code(error) in ("InvalidRange", "416"):  # behind the end, or the file is empty
                return b""
            raise

    def write(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        self._call("put_object", Key=key, Body=body, ContentType=content_type)

    def replace(self, key: str, body: bytes, content_id: str, content_type: str = "application/octet-stream") -> bool:
        from botocore.exceptions import ClientError

        etag = content_id.partition(" ")[2]
        try:
            self._call("put_object", Key=key, Body=body, ContentType=content_type, IfMatch=etag)
        except KeyError:  # it was deleted
            return False
        except ClientError as error:
            if clients.status(error) in (409, 412):  # another writer was faster, or is at it
                return False
            raise
        return True

    def keys(self, prefix: str) -> Iterator[str]:
        request: dict[str, Any] = {"Prefix": prefix}
        while True:
            answer = self._call("list_objects_v2", **request)
            yield from (found["Key"] for found in answer.get("Contents", ()))
            if not answer.get("IsTruncated"):
                return
            request["ContinuationToken"] = answer["NextContinuationToken"]

    def delete(self, key: str) -> None:
        self._call("delete_object", Key=key)

    def upload_link(self, key: str) -> str:
        return self._link("put_object", Key=key)

    def download_link(self, key: str, filename: str) -> str:
        said = f'attachment; filename="{filename}"'
        return self._link("get_object", Key=key, ResponseContentDisposition=said)

    def _link(self, operation: str, **parameters: Any) -> str:
        link: str = self._client.generate_presigned_url(
            operation, Params={"Bucket": self._bucket, **parameters}, ExpiresIn=LINK_SECONDS
        )
        return link

    def _call(self, operation: str, **parameters: Any) -> Any:
        from botocore.exceptions import ClientError

        try:
            with clients.sorted_errors():
                return getattr(self._client, operation)(Bucket=self._bucket, **parameters)
        except ClientError as error:
            # S3 tells whoever may not list a bucket 403 of what is not there.
            if clients.status(error) == 404 or (operation == "head_object" and clients.status(error) == 403):
                raise KeyError(parameters.get("Key")) from error
            raise
