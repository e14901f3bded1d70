"""What is asked of a live source, and what became of it."""

import datetime as dt
from typing import Literal

from msgspec import Struct

from faultbook.evidence import Gap, WhyUnknown, Window

Api = Literal["graph", "beta", "powerbi", "ldap", "public"]


class Whom(Struct, frozen=True, kw_only=True):
    """Whom and what the questions concern, as far as it is known when they are put.

    ``correlation_id`` and ``request_id`` are those of the failing sign-in; ``people`` further users whose origin matters, because they met
    the same error.
    """

    code: str = ""
    at: dt.datetime | None = None
    user: str = ""
    domain: str = ""
    app_id: str = ""
    resource_id: str = ""
    correlation_id: str = ""
    request_id: str = ""
    dn: str = ""
    dataset: str = ""
    workspace: str = ""
    people: tuple[str, ...] = ()


class Ask(Struct, frozen=True, kw_only=True):
    """One question. ``name`` is that of the file which the answer becomes; ``kind`` and ``target`` say which fact is looked for.

    ``window`` is the span that an answer speaks about; ``paged`` that the answer is a list of pages, of which ``most`` are read;
    ``errors`` that an answer in the 400s is an answer too; ``lead`` that the answer leads to further questions and is no fact by itself.
    """

    name: str
    kind: str
    api: Api
    path: str
    params: dict[str, str] = {}
    target: str = ""
    window: Window | None = None
    paged: bool = True
    most: int = 20
    errors: bool = False
    lead: bool = False
    shown: str = ""


class Record(Struct, frozen=True, kw_only=True):
    """What became of one question: the file that holds the answer, or the reason why there is none.

    ``unfinished`` says that only a part of the answer came, so that a later run goes on. ``source`` says who was asked, ``grant`` by what right; ``ids`` are those by which the other side finds the request.
    """

    name: str
    kind: str
    target: str = ""
    source: str
    grant: str = ""
    file: str = ""
    why: WhyUnknown | None = None
    sentence: str = ""
    window: Window | None = None
    gaps: tuple[Gap, ...] = ()
    read_at: dt.datetime
    ids: tuple[str, ...] = ()
    pages: int = 0
    rows: int = 0
    lead: bool = False
    unfinished: bool = False
