"""A sync server that is not there: where no directory runs, passwords of synchronised users are taken as set, and no events are logged."""

import datetime as dt
from dataclasses import dataclass

from faultbook_lab.people import Person


@dataclass(frozen=True)
class _Done:
    kind: str = "done"
    reason: str = ""


class Unattended:
    """Does nothing, so that the cloud side of a lab can live without its other half."""

    def change(self, _: Person, __: str, ___: dt.datetime) -> _Done:
        """Nobody can say otherwise."""
        return _Done()

    def beat(self, _: dt.datetime) -> None:
        """No sign of life."""

    forget = forget_after = cloud_failed = onboard = offboard = beat
