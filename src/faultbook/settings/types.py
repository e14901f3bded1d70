"""Every setting, with its help and its limits beside it."""

from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, field

MASK: Final = "(set, not shown)"


class Secret(str):
    """A string that shows itself to nobody."""

    __slots__ = ()

    def __repr__(self) -> str:
        return MASK if self else "''"


def _help(text: str, **limits: Any) -> Meta:
    return Meta(description=text, **limits)


class Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the settings file."""


class Serve(Section, frozen=True, kw_only=True):
    """Where the service listens and how it is reached."""

    host: Annotated[
        str,
        _help("Address to listen on. Anything but loopback needs a way of signing in: see `auth.mode`.", min_length=1),
    ] = "127.0.0.1"
    port: Annotated[int, _help("Port to listen on; 0 takes a free one and says which.", ge=0, le=65535)] = 8321
    base_url: Annotated[
        str,
        _help(
            "The address by which people reach the service, as `https://faultbook.contoso.example`. Needed for sign-in by OpenID Connect; "
            "with https, cookies are Secure and HSTS is sent. No header of a request is believed about it."
        ),
    ] = ""
    hosts: Annotated[
        list[str],
        _help(
            "Names that a request may give as Host, without port; any other is refused. Empty: the name in `serve.base_url`, the "
            "address listened on, and on loopback `localhost`, `127.0.0.1` and `::1`."
        ),
    ] = field(default_factory=list)
    trusted_proxies: Annotated[
        list[str],
        _help(
            "Addresses or networks of reverse proxies. Only from these are X-Forwarded-For and the headers of `auth.mode = "
            '"proxy"` believed.'
        ),
    ] = field(default_factory=list)
    metrics_from: Annotated[
        list[str],
        _help("Addresses or networks that may read `/metrics`; somebody signed in as an actor may always."),
    ] = field(default_factory=lambda: ["127.0.0.0/8", "::1"])
    stop_within: Annotated[
        int, _help("Seconds that requests have to finish after SIGTERM before they are cut off.", ge=0, le=3600)
    ] = 20


class Auth(Section, frozen=True, kw_only=True):
    """Who may come in, and what they may do."""

    mode: Annotated[
        Literal["none", "proxy", "oidc"],
        _help(
            "`none`: everybody is an actor, which is refused unless the service listens on loopback. `proxy`: a trusted proxy names the "
            "person in a header. `oidc`: people sign in by OpenID Connect."
        ),
    ] = "none"
    public_book: Annotated[
        bool,
        _help("Whether pages of the book, search and recognition are open to everybody who can reach the service."),
    ] = False
    user_header: Annotated[
        str, _help("Header in which the proxy names the person (mode `proxy`).", pattern=r"^[A-Za-z0-9-]+$")
    ] = "X-Forwarded-User"
    groups_header: Annotated[
        str,
        _help(
            "Header in which the proxy lists the groups of the person, parted by commas (mode `proxy`).",
            pattern=r"^[A-Za-z0-9-]+$",
        ),
    ] = "X-Forwarded-Groups"
    issuer: Annotated[
        str, _help("The issuer of the provider, as `https://login.contoso.example/v2.0` (mode `oidc`).")
    ] = ""
    client_id: Annotated[str, _help("The client id that the provider gave this service (mode `oidc`).")] = ""
    client_secret: Annotated[Secret, _help("The client secret, where the provider gave one (mode `oidc`). Secret.")] = (
        Secret()
    )
    scopes: Annotated[list[str], _help("Scopes to ask for (mode `oidc`).")] = field(
        default_factory=lambda: ["openid", "profile"]
    )
    groups_claim: Annotated[
        str, _help("Claim of the ID token that lists groups or roles (mode `oidc`).", min_length=1)
    ] = "groups"
    readers: Annotated[list[str], _help("Groups whose members may read. `*` is everybody who is signed in.")] = field(
        default_factory=lambda: ["*"]
    )
    actors: Annotated[list[str], _help("Groups whose members may also act. `*` is everybody who is signed in.")] = (
        field(default_factory=list)
    )
    session_key: Annotated[
        Secret,
        _help(
            "The key by which session cookies are signed, at least 32 characters. Without it one is drawn at each start, and a restart signs "
            "everybody out. Secret."
        ),
    ] = Secret()
    session_hours: Annotated[float, _help("Hours after which somebody signs in again.", gt=0, le=168)] = 10.0


class Limits(Section, frozen=True, kw_only=True):
    """What one request, one address and all of them together may take."""

    text_bytes: Annotated[int, _help("Bytes of a pasted text.", ge=1000, le=16_000_000)] = 256_000
    upload_bytes: Annotated[int, _help("Bytes of one request with evidence.", ge=1000, le=2_000_000_000)] = 32_000_000
    upload_files: Annotated[int, _help("Files in one request.", ge=1, le=1000)] = 50
    unpacked_bytes: Annotated[
        int, _help("Bytes that the zips of one request may unpack to.", ge=1000, le=20_000_000_000)
    ] = 500_000_000
    body_seconds: Annotated[
        float, _help("Seconds within which the whole of a request has to arrive.", gt=0, le=3600)
    ] = 60.0
    header_seconds: Annotated[
        float, _help("Seconds within which the head of a request has to arrive.", gt=0, le=600)
    ] = 10.0
    idle_seconds: Annotated[
        float, _help("Seconds that a connection may idle, or not take what it is sent.", gt=0, le=3600)
    ] = 20.0
    work_seconds: Annotated[float, _help("Seconds that one recognition or diagnosis may take.", gt=0, le=3600)] = 60.0
    workers: Annotated[int, _help("Recognitions and diagnoses at once, each in a process of its own.", ge=1, le=64)] = 2
    waiting: Annotated[
        int,
        _help(
            "Recognitions and diagnoses that may wait for one of these; more are told to come back.", ge=0, le=10_000
        ),
    ] = 16
    worker_bytes: Annotated[
        int, _help("Bytes of memory that one of these processes may take.", ge=200_000_000, le=64_000_000_000)
    ] = 2_000_000_000
    connections: Annotated[int, _help("Connections at once.", ge=10, le=100_000)] = 1_000
    requests_per_minute: Annotated[
        int, _help("Searches and API requests a minute from one address; as many may come at once.", ge=1, le=1_000_000)
    ] = 240
    work_per_minute: Annotated[
        int,
        _help(
            "Pastes, recognitions and diagnoses a minute from one address; as many may come at once.", ge=1, le=100_000
        ),
    ] = 30


class Log(Section, frozen=True, kw_only=True):
    """What is written to stderr while the service runs."""

    level: Annotated[Literal["debug", "info", "warning", "error"], _help("The least that is logged.")] = "info"
    pages: Annotated[
        bool,
        _help("Whether every delivery of a page of the book is logged too; they are always counted in `/metrics`."),
    ] = False


class Store(Section, frozen=True, kw_only=True):
    """Where diagnoses are kept until they expire."""

    folder: Annotated[
        str, _help("Folder for diagnoses that are kept. Empty: a private one that goes when the service stops.")
    ] = ""
    hours: Annotated[float, _help("Hours after which a diagnosis is deleted.", gt=0, le=8760)] = 24.0
    count: Annotated[int, _help("Diagnoses kept at once.", ge=1, le=1_000_000)] = 1_000
    each: Annotated[int, _help("Diagnoses kept at once of one person, where people sign in.", ge=1, le=1_000_000)] = 100
    bytes: Annotated[int, _help("Bytes of all diagnoses kept.", ge=1_000_000, le=1_000_000_000_000)] = 2_000_000_000


class Mcp(Section, frozen=True, kw_only=True):
    """Whom `faultbook mcp --http` answers."""

    hosts: Annotated[
        list[str],
        _help(
            "Host names besides loopback under which clients may reach it, as a browser writes them. Without one it listens on loopback only; "
            "with one, put a proxy that signs people in before it."
        ),
    ] = field(default_factory=list)
    origins: Annotated[
        list[str],
        _help("Origins besides loopback from which a browser may call it, as `https://chat.contoso.example`."),
    ] = field(default_factory=list)


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All settings, by section."""

    serve: Serve = field(default_factory=Serve)
    auth: Auth = field(default_factory=Auth)
    limits: Limits = field(default_factory=Limits)
    store: Store = field(default_factory=Store)
    log: Log = field(default_factory=Log)
    mcp: Mcp = field(default_factory=Mcp)
