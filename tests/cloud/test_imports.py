"""A file goes in through the deployed application: the stream of the work table really drives the job."""

from __future__ import annotations

from typing import Any

from tests.cloud.asking import ask, eventually
from tests.cloud.deployed import Deployed

ROWS = (
    "id,email,created_at,First Name\nimported-ada,ada@imported.example,2024-01-02,Ada\nimported-bob,no address,,Bob\n"
)


def test_an_import_is_worked_off_counted_and_told(deployed: Deployed) -> None:
    upload = deployed.api.ask("POST", "/v1/imports/uploads").json()
    put = ask("PUT", upload["url"], body=ROWS.encode())
    assert put.status == 200, put.text
    asked = {"kind": "customers", "format": "csv", "file": {"key": upload["key"]}}
    started = deployed.api.ask("POST", "/v1/imports", asked)
    assert started.status == 200, started.text
    path = f"/v1/jobs/{started.json()['id']}"

    def over() -> Any:
        job = deployed.api.get(path)
        return job if job["finished_at"] else None

    job = eventually("the import is over", over)
    assert (job["status"], job["counts"]["imported"], job["counts"]["refused"]) == ("done", 1, 1)
    customer = eventually("the row is a customer", lambda: deployed.api.find("imported-ada"))
    assert customer["traits"]["first_name"] == "Ada"
    report = ask("GET", deployed.api.get(f"/v1/imports/{job['id']}/report")["url"])
    assert report.status == 200
    assert "this is not a mail address" in report.text
    assert deployed.differences("u#imported-ada") == []
    assert deployed.inbox("ada@imported.example") == []
