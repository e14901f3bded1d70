"""What the sign-in log shows about a code: who fails, since when, for how long. A statistic is consistent with a cause; it never names one."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from faultbook.analysis import recovery
from faultbook.analysis.intervals import compare_shares
from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.beginning import began
from faultbook.probes.federation import kind_of
from faultbook.probes.graph import Object, objects, same, time_of
from faultbook.probes.signins import Tally, is_synced, of_unit, origins, signins, wrong_passwords
from faultbook.probes.spread import CHANCE, narrower_than, without_federated
from faultbook.probes.subject import moment
from faultbook.probes.words import listed, many, utc

_USER: Final = "graph.v1:microsoft.graph.user."
_DOMAIN: Final = "graph.v1:microsoft.graph.domain."
_ORIGIN_FIELDS: Final = (_USER + "userPrincipalName", _USER + "onPremisesSyncEnabled")
_DOMAIN_FIELDS: Final = (_DOMAIN + "id", _DOMAIN + "authenticationType")

_HOUR: Final = dt.timedelta(hours=1)
_TOGETHER: Final = 2 * _HOUR  # around the failure: a fault of a service hits people in the same hours, luck on any day
_SYNCED_CHANCE: Final = 0.1  # all failing people synchronised by luck; the probe's base rate is of that size
_ALIKE: Final = 4  # times that one kind may be hit more often: not everybody needs a new password on the same day
_CROWD: Final = 5  # synchronised people who fail, beside whom a single cloud-only one may be a coincidence
_MOST: Final = 0.8  # of the failures, to call them concentrated


def _by_origin(
    facts: Facts, people: Mapping[str, Tally]
) -> tuple[dict[str, Tally], dict[str, Tally], dict[str, Object]]:
    """The people of the log whose origin is known, synchronised and cloud-only, and the users they are."""
    known = origins(facts)
    if not known.keys() & people.keys():
        raise Unknown(
            "unexpected-shape",
            "The list of users does not say of anybody in the log whether onPremisesSyncEnabled is set.",
        )
    synced = {name: tally for name, tally in people.items() if name in known and is_synced(known[name])}
    cloud = {name: tally for name, tally in people.items() if name in known and not is_synced(known[name])}
    return synced, cloud, known


def _failing(people: Mapping[str, Tally]) -> list[str]:
    return sorted(name for name, tally in people.items() if tally.failed)


@probe("history.spread-across-kinds", needs=("signins.history", "graph.users"), otherwise="sometimes", family="spread",
       fields=_ORIGIN_FIELDS)  # fmt: skip
def spread_across_kinds(facts: Facts, about: Subject) -> Outcome:
    """Do failures hit synchronised and cloud-only users alike, and at the same time?"""
    history = signins(facts, about)
    together = history.failing_near(about.at, _TOGETHER)
    synced, cloud, _ = _by_origin(facts, history.people())
    hit, free = ([name for name in _failing(kind) if name in together] for kind in (synced, cloud))
    seen = f"{len(hit)} of {many(len(synced), 'synchronised user')} and {len(free)} of {many(len(cloud), 'cloud-only user')} in the log fail"
    compared = compare_shares(len(hit), len(synced), len(free), len(cloud))
    uneven = not (hit and free) or not 1 / _ALIKE < compared.ratio < _ALIKE
    if uneven and compared.p < (CHANCE if hit and free else _SYNCED_CHANCE):
        return no(f"{seen}: not alike (p = {compared.p:.2g}).")
    if len(hit) < 2 or len(free) < 2:
        return unknown("ambiguous", f"{seen}: too few to say whether both kinds are hit alike.")
    return yes(f"{seen}: consistent with both kinds being hit alike (p = {compared.p:.2g}).")


@probe("history.cloud-only-users-hit", needs=("signins.history", "graph.users"), otherwise="rarely", family="spread",
       fields=_ORIGIN_FIELDS)  # fmt: skip
def cloud_only_users_hit(facts: Facts, about: Subject) -> Outcome:
    """Are cloud-only users among those who fail?"""
    people = signins(facts, about).people()
    synced, cloud, known = _by_origin(facts, people)
    if hit := _failing(cloud):
        return yes(f"{many(len(hit), 'cloud-only user')} of {len(cloud)} in the log fail: {listed(hit)}.")
    strangers = [name for name in _failing(people) if name not in known]
    if strangers:
        return unknown(
            "not-found",
            f"Of {many(len(strangers), 'failing user')} it is not known whether they are synchronised: {listed(strangers)}.",
        )
    if not cloud:
        return unknown("ambiguous", "The log holds no sign-in of a cloud-only user, so none could fail.")
    return no(
        f"All {len(_failing(synced))} failing users are synchronised; {many(len(cloud), 'cloud-only user')} signed in without this failure."
    )


@probe("history.synced-users-only", needs=("signins.history", "graph.users"), otherwise="rarely", family="spread",
       fields=(*_ORIGIN_FIELDS, *_DOMAIN_FIELDS, _USER + "onPremisesDistinguishedName"), version=2)  # fmt: skip
def synced_users_only(facts: Facts, about: Subject) -> Outcome:
    """Do only synchronised users fail while cloud-only users succeed, and no single domain or OU explains it?"""
    history = signins(facts, about)
    people = history.people()
    together = history.failing_near(about.at, _TOGETHER)
    synced, cloud, known = _by_origin(facts, people)
    hit, free = ([name for name in _failing(kind) if name in together] for kind in (synced, cloud))
    passed = history.passed()
    lucky = [name for name in free if name in passed]
    if lucky and len([name for name in hit if name in passed]) > len(hit) / 4:
        lucky = []  # where it passes for many, it says nothing that it passed for these
    stuck = [name for name in free if name not in lucky]
    if len(stuck) == 1 and len(hit) >= _CROWD:
        return unknown(
            "ambiguous",
            f"{len(hit)} of {many(len(synced), 'synchronised user')} fail, and {stuck[0]}, cloud-only: one alone may have met something else.",
        )
    if stuck:
        return no(f"{many(len(stuck), 'cloud-only user')} fail too: {listed(stuck)}.")
    aside = f"; {listed(lucky)}, cloud-only, failed once and got through minutes later" if lucky else ""
    strangers = [name for name in _failing(people) if name in together and name not in known]
    if len(strangers) > len(hit) / 4 or len(hit) < 2:
        return unknown(
            "ambiguous",
            f"{many(len(hit), 'failing user')} known to be synchronised, {len(strangers)} of unknown origin: too few to say.",
        )
    synced = without_federated(synced, hit, facts)
    if narrower := narrower_than(hit, synced, known):
        return no(f"All {len(hit)} failing users are synchronised, but {narrower}.")
    chance = compare_shares(len(hit), len(synced), 0, len(cloud)).p
    seen = f"{len(hit)} of {many(len(synced), 'synchronised user')} fail, none of {many(len(cloud), 'cloud-only user')}{aside}"
    if chance > _SYNCED_CHANCE:
        return unknown("ambiguous", f"{seen}: too few to exclude chance (p = {chance:.2g}).")
    return yes(
        f"{seen}, across domains and OUs: consistent with a fault on the way to Active Directory (p = {chance:.2g})."
    )


@probe("history.one-federated-domain", needs=("signins.history", "graph.domains"), otherwise="rarely", family="spread",
       fields=_DOMAIN_FIELDS)  # fmt: skip
def one_federated_domain(facts: Facts, about: Subject) -> Outcome:
    """Are the failures concentrated in one federated domain, more than its share of successes explains?"""
    tallies = signins(facts, about).tallies("domain")
    listed_domains = objects(*facts.need("graph.domains"))
    top = max(sorted(tallies), key=lambda name: (tallies[name].failed_users, tallies[name].failed))
    there, kind = tallies[top], kind_of(top, listed_domains)
    failed, fine = (
        sum(getattr(tally, name) for tally in tallies.values()) for name in ("failed_users", "succeeded_users")
    )
    seen = f"{there.failed_users} of {many(failed, 'failing user')} and {there.succeeded_users} of {fine} succeeding ones are of {top}"
    if there.failed_users < _MOST * failed:
        return no(f"The failures are not of one domain: {seen}.")
    if kind is None:
        return unknown("not-found", f"{seen}; whether {top} is federated is not in the evidence.")
    if kind != "federated":
        return no(f"The failures are of {top}, which is {kind}: {seen}.")
    if len(tallies) == 1:
        return unknown("ambiguous", f"Every attempt in the log is of {top}; there is no other domain to compare with.")
    compared = compare_shares(there.failed_users, failed, there.succeeded_users, fine)
    if compared.p < CHANCE and compared.ratio > 1:
        return yes(
            f"{seen}: {compared.ratio:.1f} times its share (p = {compared.p:.2g}), consistent with a fault of its identity provider."
        )
    if fine and there.succeeded_users >= _MOST * fine:
        return no(f"{seen}: no more than its share of successes explains.")
    return unknown("ambiguous", f"{seen}: too few to say (p = {compared.p:.2g}).")


@probe("history.sibling-code", needs=("signins.history",), otherwise="hardly-ever", family="sibling", names=True,
       fields=(_USER + "userPrincipalName", _USER + "onPremisesDistinguishedName"))  # fmt: skip
def sibling_code(facts: Facts, about: Subject, codes: list[int], whose: str = "domain") -> Outcome:
    """Did one of these codes hit the same user or domain within an hour of the failure?

    With ``whose = "ou"`` others count only where they are known to share the affected user's OU: for causes that differ from OU to OU.
    """
    history = signins(facts, about)
    wanted = {int(code) for code in codes}
    home = about.domain or (about.user or "").rpartition("@")[2] or None

    def near(item: Object) -> bool:
        when = time_of(item.get("at"))
        return when is not None and (about.at is None or abs(when - about.at) <= _HOUR)

    def ours(item: Object) -> bool:
        return home is None or same(item.get("user"), about.user) or same(item.get("domain"), home)

    found = [item for item in history.rows("siblings") if item.get("code") in wanted and near(item) and ours(item)]
    strangers: list[str] = []
    if whose == "ou":
        found, strangers = of_unit(found, facts, about)
    names = listed((str(code) for code in codes), most=8)
    if found:
        of_user = [item for item in found if same(item.get("user"), about.user)]
        shown = (of_user or found)[0]
        who = "the same user" if of_user else f"{shown.get('user') or 'another user'} of the same domain"
        return yes(
            f"{shown['code']} hit {who} at {utc(time_of(shown['at']) or moment(about))} ({many(len(found), 'such attempt')} within an hour of the failure)."
        )
    if strangers:
        return unknown(
            "ambiguous",
            f"{listed(strangers)} had one of {names}; whether they share the affected user's OU is not in the evidence.",
        )
    if history.value.get("siblings_cut"):
        return unknown(
            "too-old",
            "The log holds more neighbouring failures than were kept; none of those kept is one of " + names + ".",
        )
    if about.at is not None and not history.covers(about.at, about.at):
        return unknown("too-old", f"The sign-in log does not cover {utc(about.at)}.")
    return no(f"None of {names} hit the same user or domain within an hour of the failure.")


@probe("history.recovers-alone", needs=("signins.history",), otherwise="sometimes", family="recovery", version=2)
def recovers_alone(facts: Facts, about: Subject) -> Outcome:
    """Do most people in the same burst succeed within 15 minutes?"""
    history = signins(facts, about)
    if history.span is None:
        return unknown("unexpected-shape", "The sign-in log does not say what time it covers.")
    burst = history.burst_of(about.at)
    since = burst.start.earliest if burst else history.span.start
    met = [row for row in history.recoveries if (time_of(row.get("first_failure")) or since) >= since]
    found = recovery.recovery(recovery.spells(met, history.span.end))
    if found is None:
        return unknown("not-found", "The log ends with the failures, so nobody was followed until a success.")
    seen = f"{found.share:.0%} ({found.low:.0%} to {found.high:.0%}) of {many(found.people, 'person', 'people')} had succeeded within 15 minutes"
    if found.low >= 0.5:
        return yes(f"{seen}: consistent with a fault that passes.")
    if found.high < 0.5:
        return no(f"{seen}: it does not pass by itself.")
    return unknown("ambiguous", f"{seen}: too few to say.")


@probe("history.starts-suddenly", needs=("signins.history",), otherwise="sometimes", family="onset", version=2)
def starts_suddenly(facts: Facts, about: Subject) -> Outcome:
    """Did the failures start at a definite moment, after a time of successes without any?"""
    return began(signins(facts, about), about)


@probe("history.one-user-only", needs=("signins.history",), otherwise="sometimes", family="reach")
def one_user_only(facts: Facts, about: Subject) -> Outcome:
    """Is exactly one of many users affected?"""
    people = signins(facts, about).people()
    hit = _failing(people)
    others = sum(1 for tally in people.values() if not tally.failed and tally.succeeded)
    if len(hit) > 1:
        return no(f"{len(hit)} users fail: {listed(hit)}.")
    if others < 5:
        return unknown(
            "ambiguous",
            f"Only {hit[0]} fails, but the log shows only {many(others, 'other user')}; export the sign-ins of everybody.",
        )
    return yes(f"Only {hit[0]} fails; {many(others, 'other user')} signed in without this failure.")


@probe("history.several-users-hit", needs=("signins.history",), otherwise="often", family="reach")
def several_users_hit(facts: Facts, about: Subject) -> Outcome:
    """Does more than one user fail?"""
    hit = _failing(signins(facts, about).people())
    return yes(f"{len(hit)} users fail: {listed(hit)}.") if len(hit) > 1 else no(f"Only {listed(hit)} fails.")


@probe("history.many-users-hit", needs=("signins.history",), otherwise="sometimes", family="reach")
def many_users_hit(facts: Facts, about: Subject) -> Outcome:
    """Do at least five users and several applications fail?"""
    history = signins(facts, about)
    hit = _failing(history.people())
    apps = sorted(name for name, tally in history.tallies("app").items() if tally.failed)
    seen = f"{many(len(hit), 'user')} fail with {many(len(apps), 'application')}: {listed(apps)}."
    return yes(seen) if len(hit) >= 5 and len(apps) > 1 else no(seen)


@probe("history.one-application-only", needs=("signins.history",), otherwise="rarely", family="app-contrast")
def one_application_only(facts: Facts, about: Subject) -> Outcome:
    """Do the failures share one client application while the same people succeed elsewhere?"""
    history = signins(facts, about)
    tallies, people = history.tallies("app"), history.people()
    elsewhere = [name for name in _failing(people) if people[name].succeeded]
    answer = _single(tallies, "application")
    if answer.answer != "yes":
        return answer
    if not elsewhere:
        return unknown(
            "ambiguous", f"{answer.sentence} None of the failing people is seen to succeed, with any application."
        )
    return yes(
        f"{answer.sentence} {len(elsewhere)} of {many(len(_failing(people)), 'failing user')} also succeed in the log."
    )


@probe("history.one-network-only", needs=("signins.history",), otherwise="rarely", family="network")
def one_network_only(facts: Facts, about: Subject) -> Outcome:
    """Do the failures come from one address or country from which little succeeds?"""
    history = signins(facts, about)
    answers = []
    for attribute, noun in (("ip", "address"), ("country", "country")):
        try:
            answers.append(_single(history.tallies(attribute), noun))
        except Unknown as missing:
            answers.append(unknown(missing.why, missing.sentence))
    for wanted in ("yes", "no"):
        if found := next((answer for answer in answers if answer.answer == wanted), None):
            return found
    return answers[0]


def _single(tallies: Mapping[str, Tally], noun: str) -> Outcome:
    """Whether one value holds the failures, with few successes, while other values hold successes."""
    top = max(sorted(tallies), key=lambda name: tallies[name].failed)
    there, failed = tallies[top], sum(tally.failed for tally in tallies.values())
    rest = sum(tally.succeeded for name, tally in tallies.items() if name != top)
    seen = f"{there.failed} of {many(failed, 'failure')} are of the {noun} {top}; {there.succeeded} attempts with it and {rest} others succeed."
    if there.failed < 0.95 * failed or there.succeeded > there.failed:
        return no(seen)
    if (
        failed < 3
        or compare_shares(there.failed, there.tries, failed - there.failed, rest + failed - there.failed).p >= CHANCE
    ):
        return unknown("ambiguous", f"{seen} That is too little to say.")
    return yes(seen)


@probe("history.legacy-client", needs=("signins.history",), otherwise="rarely", family="client")
def legacy_client(facts: Facts, about: Subject) -> Outcome:
    """Do the failures come from clients that cannot answer a prompt?"""
    history = signins(facts, about)
    clients = [
        str(item["client_app"]) for item in history.of_subject(about) or history.failures if item.get("client_app")
    ]
    if not clients:
        return unknown("not-found", "The sign-in log does not name the client of the failing attempts.")
    old = [
        client
        for client in clients
        if not any(modern in client.casefold() for modern in ("browser", "mobile", "desktop"))
    ]
    sentence = f"{len(old)} of {many(len(clients), 'failing attempt')} use a client that cannot show a prompt; clients: {listed(sorted(set(clients)))}."
    return yes(sentence) if 2 * len(old) > len(clients) else no(sentence)


@probe("history.unattended", needs=("signins.history",), otherwise="often", family="kind")
def unattended(facts: Facts, about: Subject) -> Outcome:
    """Are the failures non-interactive, or of a service principal?"""
    history = signins(facts, about)
    kinds = [str(item["kind"]) for item in history.of_subject(about) or history.failures if item.get("kind")]
    if not kinds:
        return unknown("not-found", "The sign-in log does not say whether the failing attempts were interactive.")
    alone = [kind for kind in kinds if any(word in kind.casefold() for word in ("non", "service", "managed"))]
    sentence = f"{len(alone)} of {many(len(kinds), 'failing attempt')} happened without a person ({listed(sorted(set(kinds)))})."
    return yes(sentence) if 2 * len(alone) > len(kinds) else no(sentence)


@probe("history.attended", needs=("signins.history",), otherwise="often", family="kind")
def attended(facts: Facts, about: Subject) -> Outcome:
    """Did a person sit before the failing sign-ins?"""
    alone = unattended(facts, about)
    turned = {"yes": no, "no": yes}.get(alone.answer)
    return turned(alone.sentence) if turned else alone


@probe(
    "history.wrong-passwords-before",
    needs=("signins.history",),
    otherwise="rarely",
    family="wrong-passwords",
    names=True,
)
def wrong_passwords_before(facts: Facts, about: Subject) -> Outcome:
    """Did at least five wrong passwords of the same user precede the failure within an hour?"""
    found, complete = wrong_passwords(facts, about)
    sentence = f"{many(len(found), 'wrong password')} (50126) of {about.user} in the hour before {utc(moment(about))}."
    if len(found) >= 5:
        return yes(sentence)
    return no(sentence) if complete else unknown("too-old", f"{sentence} The log does not cover that hour whole.")


@probe("history.one-address-before", needs=("signins.history",), otherwise="often", family="wrong-passwords-place")
def one_address_before(facts: Facts, about: Subject) -> Outcome:
    """Did all wrong passwords for the user in the hour before, three at least, come from one address?"""
    found, _ = wrong_passwords(facts, about)
    addresses = sorted({str(item["ip"]) for item in found if item.get("ip")})
    sentence = f"{many(len(found), 'wrong password')} of {about.user} from {many(len(addresses), 'address', 'addresses')} in the hour before {utc(moment(about))}."
    if len(found) < 3 or not addresses:
        return unknown("ambiguous", f"{sentence} Too few to say.")
    return yes(sentence) if len(addresses) == 1 else no(sentence)


@probe("history.many-addresses-before", needs=("signins.history",), otherwise="rarely", family="wrong-passwords")
def many_addresses_before(facts: Facts, about: Subject) -> Outcome:
    """Did wrong passwords for the user come from three or more addresses in the hour before?"""
    found, complete = wrong_passwords(facts, about)
    addresses = sorted({str(item["ip"]) for item in found if item.get("ip")})
    sentence = f"{many(len(found), 'wrong password')} of {about.user} from {many(len(addresses), 'address', 'addresses')} in the hour before {utc(moment(about))}."
    if len(addresses) >= 3:
        return yes(sentence)
    return no(sentence) if complete else unknown("too-old", f"{sentence} The log does not cover that hour whole.")
