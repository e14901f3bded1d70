"""Whether failures began at a definite moment: of the affected user or application first, else of everybody in the log."""

import math
from typing import Final

from faultbook.analysis.onset import least_p
from faultbook.evidence import Outcome, Subject, no, unknown, yes
from faultbook.probes.graph import count, time_of
from faultbook.probes.signins import SignIns
from faultbook.probes.words import many, utc

_QUIET: Final = 20  # attempts without a failure, to call the time before quiet
_CLEAR: Final = 0.01


def began(history: SignIns, about: Subject) -> Outcome:
    """Whether they did, from the turn of the one concerned where it is clear, else from the burst in the whole log."""
    if (turn := _turn(history, about)) is not None:
        return turn
    failed, succeeded = (count(history.value.get(key)) for key in ("failed", "succeeded"))
    burst = history.burst()
    if burst is None or burst.strength == "weak":
        if least_p(failed, succeeded, len(history.rows("buckets"))) > _CLEAR:
            return unknown("ambiguous", f"{many(failed, 'failure')} in the log: too few to show a beginning.")
        return no(f"{many(failed, 'failure')} in the log, at no time clearly more than at others.")
    when = f"between {utc(burst.start.earliest)} and {utc(burst.start.latest)}"
    if burst.before.tries < _QUIET:
        return unknown(
            "too-old",
            f"The failures begin {when}, but only {many(burst.before.tries, 'attempt')} before that are in the log.",
        )
    seen = f"{burst.before.hits} of {many(burst.before.tries, 'attempt')} failed before, {burst.inside.hits} of {burst.inside.tries} in the burst"
    if burst.before.hits > burst.before.tries / 100:
        return no(f"The failures rise {when}, but were there before: {seen}.")
    return yes(f"The failures start {when}: {seen} (p = {burst.p:.2g}).")


def _turn(history: SignIns, about: Subject) -> Outcome | None:
    """Yes where the affected user or application succeeded up to a moment and has only failed since; None where the others have to tell.

    If failures fell anywhere among the successes, the chance that all of them come last is one in the ways to choose them.
    """
    for row in history.turns_of(about):
        before, failed = count(row.get("succeeded_before")), count(row.get("failed"))
        first, last = time_of(row.get("first_failure")), time_of(row.get("last_failure"))
        if failed < 2 or not before or count(row.get("succeeded_between")) or first is None or last is None:
            continue
        chance = 1 / math.comb(before + failed, failed)
        if chance <= _CLEAR and (about.at is None or first <= about.at <= last):
            who = " with ".join(str(name) for key in ("user", "app") if (name := row.get(key)))
            return yes(
                f"{many(before, 'sign-in')} of {who} went well before {utc(first)}, and all {failed} from then to {utc(last)} failed (p = {chance:.2g})."
            )
    return None
