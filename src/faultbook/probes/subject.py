"""What a question must know about the subject before it can be asked at all."""

import datetime as dt

from faultbook.evidence import Subject, Unknown


def moment(about: Subject) -> dt.datetime:
    """The time of the failure."""
    if about.at is None:
        raise Unknown("ambiguous", "The time of the failure is not known; give the message with its time stamp.")
    return about.at


def user(about: Subject) -> str:
    """The affected user's principal name, in lower case."""
    if not about.user:
        raise Unknown("ambiguous", "It is not known which user is affected.")
    return about.user.casefold()


def domain(about: Subject) -> str:
    """The affected user's domain, in lower case."""
    name = about.domain or (about.user or "").rpartition("@")[2]
    if not name:
        raise Unknown("ambiguous", "It is not known which domain the affected user belongs to.")
    return name.casefold()


def app_id(about: Subject) -> str:
    """The application (client) id of the failing application, in lower case."""
    if not about.app_id:
        raise Unknown("ambiguous", "It is not known which application failed; its application id is missing.")
    return about.app_id.casefold()


def resource(about: Subject) -> str:
    """The id or address of what the application asked for, in lower case."""
    if not about.resource_id:
        raise Unknown("ambiguous", "It is not known which resource was asked for.")
    return about.resource_id.casefold()
