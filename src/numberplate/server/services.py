"""What the routes of one server share."""

from dataclasses import dataclass, field

from fastapi import Request

from numberplate.server.installed.cameras import Cameras
from numberplate.server.metrics import Metrics
from numberplate.server.readiness import Readiness
from numberplate.server.settings import Settings
from numberplate.server.tokens import Tokens
from numberplate.server.usage import Statistics
from numberplate.server.workers.archive import Keeper
from numberplate.server.workers.pool import Pool
from numberplate.server.workers.reading import Reads
from numberplate.server.workers.worker import Reading
from numberplate.sightings import Sightings

KEPT = "Numberplate-Kept"
"""Header of a reply: whether the plates of an upload are kept as sightings."""


@dataclass(frozen=True)
class Services:
    """`sightings`: the database; None where none is shown. `keeper`: None where no upload is kept.
    `cameras`: those of an installation; None where its file is not known."""

    settings: Settings
    tokens: Tokens
    pool: Pool
    metrics: Metrics
    reads: Reads
    sightings: Sightings | None
    keeper: Keeper | None
    readiness: Readiness
    cameras: Cameras | None = None
    statistics: Statistics = field(default_factory=Statistics)

    def keep_as(self, source: str) -> str | None:
        """The source of what a request gives, for its `Job`; None where nothing is kept."""
        return None if self.keeper is None else source

    async def keep(self, reading: Reading) -> dict[str, str]:
        """Keeps what was read, if anything is kept. Returns the reply's headers: whether it was."""
        if self.keeper is None:
            return {}
        return {KEPT: "true" if await self.keeper.keep(reading) else "false"}


def services(request: Request) -> Services:
    """Those of the server that a request came to."""
    found: Services = request.app.state.services
    return found
