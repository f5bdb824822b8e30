"""What the log and the figures tell of requests, and what they keep to themselves."""

import logging
from pathlib import Path

import pytest

from ..conftest import CAR, TEXT, MakeClient

PNG = {"Content-Type": "image/png"}


@pytest.mark.parametrize(("told", "plates"), [(False, 1), (True, [TEXT])])
def test_plates_are_in_the_log_only_where_it_is_asked_for(
    make_client: MakeClient,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    told: bool,
    plates: object,
) -> None:
    client = make_client(log_plates=told, database=str(tmp_path / "gate.db"))
    with caplog.at_level(logging.DEBUG, "numberplate.server"):
        client.post("/api/read", content=CAR, headers=PNG)
        client.get("/api/sightings", params={"text": TEXT})
        client.get(f"/{TEXT}")
        client.get(f"/page/{TEXT}")
        client.get("/healthz")
    found = [vars(record) for record in caplog.records if record.message == "request"]
    assert [(one["route"], one["status"], one["levelname"]) for one in found] == [
        ("/api/read", 200, "INFO"),
        ("/api/sightings", 200, "INFO"),
        ("other", 404, "INFO"),
        ("/page/{path}", 404, "DEBUG"),
        ("/healthz", 200, "DEBUG"),
    ]
    assert [one["plates"] for one in found if "plates" in one] == [plates]
    assert TEXT not in str([{**one, "plates": None} for one in found])
    figures = client.get("/metrics").text
    assert 'numberplate_requests_total{method="GET",route="other",status="404"} 1.0' in figures
    assert TEXT not in figures
