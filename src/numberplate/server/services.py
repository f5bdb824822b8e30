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
from numberplate.server.workers.sources import Sources
from numberplate.server.workers.worker import Job, Reading
from numberplate.sightings import Sightings

KEPT = "Numberplate-Kept"
"""Header of a reply: whether the plates of an upload are kept as sightings."""


@dataclass(frozen=True)
class Services:
    """`sightings`: the database; None where none is shown. `keeper` and `sources`: None where no upload is
    kept. `cameras`: those of an installation; None where its file is not known."""

    settings: Settings
    tokens: Tokens
    pool: Pool
    metrics: Metrics
    reads: Reads
    sightings: Sightings | None
    keeper: Keeper | None
    sources: Sources | None
    readiness: Readiness
    cameras: Cameras | None = None
    statistics: Statistics = field(default_factory=Statistics)

    async def keep_as(self, interface: str, named: str = "") -> str | None:
        """The source of what a request gives, for its `Job`; None where nothing is kept.

        `interface`: the source where the client has `named` none. Raises Refusal where that would be one more
        than there may be.
        """
        if self.sources is None:
            return None
        if named:
            await self.sources.check(named)
        return named or interface

    async def keep(self, job: Job, reading: Reading) -> dict[str, str]:
        """Keeps what was read, if anything is kept. Returns the reply's headers: whether it was."""
        if self.keeper is None or self.sources is None:
            return {}
        kept = await self.keeper.keep(reading)
        if kept and reading.records and job.keep_as is not None:
            self.sources.note(job.keep_as)
        return {KEPT: "true" if kept else "false"}


def services(request: Request) -> Services:
    """Those of the server that a request came to."""
    found: Services = request.app.state.services
    return found
