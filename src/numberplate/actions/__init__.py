"""What a sighting sets off: messages, webhooks, commands, e-mail and files, by rules.

    from numberplate.actions import Actions
    from numberplate.configuration import load_configuration
    from numberplate.sightings import Sightings

    with Sightings("gate.db") as sightings:
        Actions(load_configuration(), sightings).run()

Needs the extra `actions`, and `mqtt` for a broker.
"""

from numberplate.actions.delivery import Delivery, DeliveryError
from numberplate.actions.lists import Lists
from numberplate.actions.rule import Rule, Verdict
from numberplate.actions.run import Actions, rehearse

__all__ = ["Actions", "Delivery", "DeliveryError", "Lists", "Rule", "Verdict", "rehearse"]
