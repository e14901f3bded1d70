"""A working population: people sign in, mistype, change passwords that have run out, try again; datasets are refreshed; the clock goes on.

The same minutes are lived the same way: the dice of a minute come from the lab's seed and the minute itself, so that a stretch that is lived
again differs only by what is broken now.
"""

import datetime as dt
import random
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from faultbook_lab import people, refreshing, resetting, signing_in
from faultbook_lab.people import Person
from faultbook_lab.records import issue, stamp
from faultbook_lab.world import RESET_SERVICE, Again, Expiry, World

MINUTE = dt.timedelta(minutes=1)
_SIGN_INS = 1.6 / 60
"""A person's sign-ins a minute."""
_EXPIRIES = 24 / 60
"""Passwords of the whole organisation that run out in a minute."""
_WAITS = (3, 5, 8, 40)
"""Minutes after which somebody tries again; later they ask for help."""
_WEIGHTS = (5, 2, 3, 1.5, 3)
_REPORTED = dt.timedelta(minutes=8)
"""After this the vendor publishes an issue of its own service."""
_SYNC = 30


@dataclass
class Deed:
    """Somebody signs in to something."""

    at: dt.datetime
    person: Person
    app: tuple[str, str]
    expires: bool = False
    again: Again | None = None


def live(world: World, until: dt.datetime) -> int:
    """Let time go by up to a moment, or until the lab is over; answers how many sign-ins there were. Nothing happens twice."""
    lived = 0
    with ThreadPoolExecutor(max_workers=8) as pool:
        while (minute := minute_of(world.lived)) + MINUTE <= until and not world.over.is_set():
            lived += _lived(world, minute, pool)
            world.lived = minute + MINUTE
    return lived


def minute_of(at: dt.datetime) -> dt.datetime:
    """Life goes by in whole minutes: what begins in one begins with it."""
    return at.replace(second=0, microsecond=0)


def _lived(world: World, minute: dt.datetime, pool: ThreadPoolExecutor) -> int:
    world.writeback.beat(minute)
    _vendor(world, minute)
    dice = random.Random(f"{world.seed}/{minute:%Y%m%d%H%M}")  # noqa: S311 - invented lives, not secrets
    deeds = _spread(
        sorted([*_planned(minute, dice), *_due(world, minute)], key=lambda deed: (deed.at, deed.person.upn))
    )
    providers = {
        index: pool.submit(world.federation.sign_in, deed.person)
        for index, deed in enumerate(deeds)
        if resetting.federated(world, deed.person)
    }
    for index, deed in enumerate(deeds):
        _done(world, deed, random.Random(f"{world.seed}/{deed.at.isoformat()}/{deed.person.upn}"), providers.get(index))  # noqa: S311
    _machines(world, minute)
    return len(deeds)


def _spread(deeds: list[Deed]) -> list[Deed]:
    """Nobody does two things in one second: the later one waits, or comes earlier in its minute where that is over."""
    taken: set[tuple[str, dt.datetime]] = set()
    for deed in deeds:
        seconds = ((deed.at.second + more) % 60 for more in range(60))
        deed.at = next(at for second in seconds if (deed.person.upn, at := deed.at.replace(second=second)) not in taken)
        taken.add((deed.person.upn, deed.at))
    return deeds


def _planned(minute: dt.datetime, dice: random.Random) -> Iterator[Deed]:
    for person in people.EVERYONE:
        if dice.random() < _SIGN_INS:
            yield Deed(
                minute + dt.timedelta(seconds=dice.randrange(60)), person, dice.choices(signing_in.APPS, _WEIGHTS)[0]
            )
    if dice.random() < _EXPIRIES:
        person = dice.choice(people.EVERYONE)
        yield Deed(minute + dt.timedelta(seconds=dice.randrange(60)), person, people.POWER_BI, expires=True)


def _due(world: World, minute: dt.datetime) -> Iterator[Deed]:
    for one in world.again:
        if one.done is None and one.due < minute + MINUTE:
            yield Deed(max(one.due, minute), one.person, one.app, again=one)


def _done(world: World, deed: Deed, dice: random.Random, provider: "Future[str] | None") -> None:
    if deed.expires and world.expired(deed.person) is None:
        world.expiries.append(Expiry(deed.person, deed.at))
    taken = provider.result() if provider else None
    code = signing_in.attempt(world, deed.person, deed.app, deed.at, dice, provider=taken)
    tries = 0
    if deed.again:
        deed.again.done = deed.at
        tries = deed.again.tries
    if code and tries < len(_WAITS):
        wait = dt.timedelta(
            minutes=1 if code == signing_in.WRONG_PASSWORD else _WAITS[tries], seconds=dice.randrange(50)
        )
        world.again.append(Again(deed.person, deed.app, deed.at, deed.at + wait, tries + 1))


def _machines(world: World, minute: dt.datetime) -> None:
    """Refreshes of the half hour, each started by an application; and the synchronisation."""
    for number, dataset in enumerate(world.tenant.datasets.values()):
        if minute.minute % 30 == 5 * number:
            at = minute + dt.timedelta(seconds=7)
            if number:
                refreshing.scheduled(world, dataset, at)
            elif signing_in.robot(world, at) == 0:
                refreshing.refresh(world, dataset, at, "ViaApi")
    if minute.minute % _SYNC == 0:
        with world.tenant.lock:
            world.tenant.organization["onPremisesLastSyncDateTime"] = stamp(minute)


def _vendor(world: World, minute: dt.datetime) -> None:
    """The vendor publishes an issue once its reset service has been down for some minutes, and closes it afterwards."""
    state = world.reset
    if state.down_since and not state.issue and minute - state.down_since >= _REPORTED:
        state.issue = f"MO{world.seed % 1000:03}{minute:%d%H%M}"
        new = issue(state.issue, RESET_SERVICE, "Some users may be unable to change or reset their passwords", state.down_since, None, feature="Self-service password reset")  # fmt: skip
        with world.tenant.lock:
            world.tenant.issues.append(new)
    elif state.issue and not state.down_since:
        close_issue(world, state.issue, minute)
        state.issue = ""


def close_issue(world: World, name: str, at: dt.datetime) -> None:
    """The vendor says that it is over."""
    with world.tenant.lock:
        for one in world.tenant.issues:
            if one["id"] == name:
                one |= {
                    "status": "serviceRestored",
                    "isResolved": True,
                    "endDateTime": stamp(at),
                    "lastModifiedDateTime": stamp(at),
                }
