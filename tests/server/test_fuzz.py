"""Requests made from the description of the interfaces: none may end in a fault of the server."""

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from numberplate.server import create_app, load_settings

EXAMPLES = 80
"""Requests for each route."""


@pytest.fixture
def schema(weights: Path, tmp_path: Path) -> schemathesis.BaseSchema:
    flags = {"weights": weights, "database": str(tmp_path / "sightings.db"), "keep_uploads": True}
    return schemathesis.openapi.from_asgi(
        "/api/openapi.json", create_app(load_settings(**flags, allowed_hosts="localhost,testserver"))
    )


def statuses_of(route: schemathesis.APIOperation) -> set[int]:
    """The statuses of the replies to requests for one route."""
    seen = set()

    @given(route.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def requests_are_answered(case: schemathesis.Case) -> None:
        response = case.call()
        assert response.status_code < 500, (case.as_curl_command(), response.text)
        seen.add(response.status_code)

    requests_are_answered()
    return seen


def test_no_request_is_a_fault_of_the_server(schema: schemathesis.BaseSchema) -> None:
    routes = [operation.ok() for operation in schema.get_all_operations()]
    statuses = {route.label: statuses_of(route) for route in routes}
    # The requests come through to what they are for, or are refused for what they are.
    assert 200 in statuses["GET /api/sightings"]
    assert statuses["POST /v1/plate-reader/"] <= {201, 400, 413}
    assert statuses["POST /v1/vision/alpr"] <= {200, 400, 413}
    assert not any({401, 421} & seen for seen in statuses.values())
