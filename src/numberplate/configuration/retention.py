"""How long sightings are kept."""

from pydantic import Field

from numberplate.configuration.values import Age, Seconds, Table
from numberplate.sightings.retention import Age as By
from numberplate.sightings.retention import Retention


class KeepFor(Table):
    """`[retention]`: as of `Retention`; what is older, or too many, is deleted for good `every` so often."""

    age: Age | None = None
    count: int | None = Field(None, ge=0)
    picture_age: Age | None = None
    picture_count: int | None = Field(None, ge=0)
    by: By = "stored"
    every: Seconds = Field(3600.0, ge=1)

    def retention(self) -> Retention:
        """What a purge leaves."""
        return Retention(self.age, self.count, self.picture_age, self.picture_count, self.by)
