"""The device as the failing sign-ins show it: not at all, not compliant, or not joined as a policy may ask."""

from collections.abc import Callable

from faultbook.evidence import Facts, Outcome, Subject, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.graph import Object
from faultbook.probes.signins import Tally, signins
from faultbook.probes.words import many

_NONE = "none"
_NOT_EXPORTED = "The sign-in log does not show the device of the failing attempts; export it with its device columns."


def _most(facts: Facts, about: Subject, key: str, chosen: Callable[[str, Object], bool], what: str) -> Outcome:
    """Whether at least half of the failing attempts that tell of their device are of a kind."""
    history = signins(facts, about)
    attempts = history.of_subject(about) or history.failures
    told = [attempt for attempt in attempts if isinstance(attempt.get(key), str) and attempt[key]]
    if not told:
        return unknown("unexpected-shape", _NOT_EXPORTED)
    found = [attempt for attempt in told if chosen(str(attempt[key]).casefold(), attempt)]
    seen = f"{len(found)} of {many(len(told), 'failing attempt')} {what}."
    return yes(seen) if found and 2 * len(found) >= len(told) else no(seen)


def _shown(attempt: Object) -> bool:
    return str(attempt.get("device_id") or _NONE).casefold() != _NONE


@probe("device.not-shown", needs=("signins.history",), otherwise="rarely", family="device", names=True)
def not_shown(facts: Facts, about: Subject) -> Outcome:
    """Did the failing sign-ins come without any device?"""
    return _most(facts, about, "device_id", lambda said, _: said == _NONE, "came without a device")


@probe("device.set-apart", needs=("signins.history",), otherwise="rarely", family="device-contrast")
def set_apart(facts: Facts, about: Subject) -> Outcome:
    """Do the failing sign-ins come without a device, while those that succeed mostly show one?"""
    tallies = signins(facts, about).tallies("device")
    without, shown = (tallies.get(value, Tally()) for value in (_NONE, "shown"))
    failed, fine = without.failed + shown.failed, without.succeeded + shown.succeeded
    seen = f"{without.failed} of {many(failed, 'failing attempt')} and {without.succeeded} of {fine} that succeed came without a device."
    if 2 * without.failed < failed:
        return no(seen)
    if 2 * without.succeeded > fine:
        return unknown("ambiguous", f"{seen} That sets nothing apart.")
    return yes(seen)


@probe("device.not-compliant", needs=("signins.history",), otherwise="rarely", family="device", names=True)
def not_compliant(facts: Facts, about: Subject) -> Outcome:
    """Did the failing sign-ins come from a known device that was not compliant?"""

    def chosen(said: str, attempt: Object) -> bool:
        return _shown(attempt) and said not in ("true", "yes")

    return _most(facts, about, "compliant", chosen, "came from a known device that was not compliant")


@probe("device.not-hybrid-joined", needs=("signins.history",), otherwise="sometimes", family="device", names=True)
def not_hybrid_joined(facts: Facts, about: Subject) -> Outcome:
    """Did the failing sign-ins come from a known device that is not hybrid joined?"""

    def chosen(said: str, attempt: Object) -> bool:
        return _shown(attempt) and "hybrid" not in said

    return _most(facts, about, "trust", chosen, "came from a known device that is not hybrid joined")
