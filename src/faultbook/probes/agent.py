"""What the agent of password writeback logs: the numbers of its events, and which of them stop every writeback."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Final

from faultbook.probes.events import Event, Log

STARTED, STOPPED, HEARTBEAT, ONBOARDED, OFFBOARDED = 31015, 31016, 31019, 31005, 31013
DENIED: Final = 33004
WROTE: Final = frozenset({31002, 31007, 31010})
TRIED: Final = frozenset({31001, 31003, 31006, 31008, 31009, 31011})
RELAY: Final = frozenset({31034, 31044, 32002, 32009, 32011, 32014})
ALIVE: Final = WROTE | {HEARTBEAT}

_MOMENT: Final = dt.timedelta(minutes=2)
"""An agent logs its side of a failure some seconds before or after the cloud does."""
_QUARTER: Final = dt.timedelta(minutes=15)
_HOUR: Final = dt.timedelta(hours=1)
_REFUSED: Final = re.compile(r"(?:hr=|0x)80230626\b", re.IGNORECASE)


def broke_off(log: Log, wrote: dt.datetime, at: dt.datetime) -> Event | None:
    """What stood in the way of every writeback at the failure, and not when one succeeded: then that success says nothing of the failure.

    A heartbeat shows that the relay came back. It does not show that the connector account is let in again.
    """
    refused = account_refused(log, at)
    back = max((event.at for event in log.of(ALIVE | {STARTED}, end=at)), default=None)
    since, until = min(wrote, at - _MOMENT), max(wrote, at + _MOMENT)
    for event in log.events:
        cut = event.id in RELAY | {STOPPED} and event.at <= at + _MOMENT and (back is None or event.at > back)
        if since < event.at < until and (cut or refused(event)):
            return event
    return None


def account_refused(log: Log, at: dt.datetime) -> Callable[[Event], bool]:
    """Whether an event says that the connector account itself was not let in."""
    # beside 33004 the same hr is how a missing right on the user looks
    rights = bool(log.of({DENIED}, at - _HOUR, at + _QUARTER))

    def refused(event: Event) -> bool:
        by_hr = not rights and _REFUSED.search(event.text) is not None
        return by_hr or (event.id == 6800 and "80230619" not in event.text)

    return refused
