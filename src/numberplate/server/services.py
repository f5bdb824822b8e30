"""What the routes of one server share."""

from dataclasses import dataclass, field

from fastapi import Request

from numberplate.server.archive import Keeper
from numberplate.server.metrics import Metrics
from numberplate.server.pool import Pool
from numberplate.server.reading import Reads
from numberplate.server.settings import Settings
from numberplate.server.usage import Statistics
from numberplate.sightings import Sightings


@dataclass(frozen=True)
class Services:
    """`sightings`: the database; None where none is shown. `keeper`: None where no upload is kept."""

    settings: Settings
    pool: Pool
    metrics: Metrics
    reads: Reads
    sightings: Sightings | None
    keeper: Keeper | None
    statistics: Statistics = field(default_factory=Statistics)


def services(request: Request) -> Services:
    """Those of the server that a request came to."""
    found: Services = request.app.state.services
    return found
