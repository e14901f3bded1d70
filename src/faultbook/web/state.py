"""What every handler is given: settings, the use cases, and all that comes from outside a request."""

import datetime as dt
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from starlette.requests import HTTPConnection

from faultbook.app import Faultbook
from faultbook.settings import Settings
from faultbook.web.limiter import Limiter

if TYPE_CHECKING:
    from faultbook.web.addresses import Addresses
    from faultbook.web.doorman import Doorman
    from faultbook.web.jobs import Jobs
    from faultbook.web.measures import Measures
    from faultbook.web.workroom import Workroom

Clock = Callable[[], dt.datetime]
Timer = Callable[[], float]


class State(Struct, kw_only=True):
    """One for each service. ``clock`` tells the time of day (UTC), ``timer`` seconds that only grow, ``token`` draws an unguessable name."""

    settings: Settings
    faultbook: Faultbook
    clock: Clock
    timer: Timer
    token: Callable[[], str]
    limiter: Limiter
    log: Any
    workroom: "Workroom"
    addresses: "Addresses"
    doorman: "Doorman"
    measures: "Measures"
    jobs: "Jobs"


def state_of(request: HTTPConnection) -> State:
    """The state of the service that a request came to."""
    state: State = request.scope["faultbook.state"]
    return state


def now() -> dt.datetime:
    """The time of day."""
    return dt.datetime.now(dt.UTC)


def drawn() -> str:
    """Thirty-two bytes nobody can guess, safe in an address."""
    return secrets.token_urlsafe(32)
