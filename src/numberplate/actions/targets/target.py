"""What all targets have in common."""

from typing import Protocol

from numberplate.actions.delivery import Delivery


class Target(Protocol):
    """Takes deliveries, one at a time, from one thread."""

    def deliver(self, delivery: Delivery) -> None:
        """Returns once the receiver has it. Raises DeliveryError where it has not."""

    def idle(self) -> None:
        """Is called between deliveries, and about every second while there is none."""

    def close(self) -> None:
        """Lets go of what it holds, and ends a program that it runs. May be called from another thread."""


class PlainTarget:
    """A target that has nothing to do but to deliver."""

    def idle(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
