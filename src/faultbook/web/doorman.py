"""Who makes a request, by the way of signing in that the settings choose."""

import secrets
from typing import Final, Protocol

from starlette.requests import HTTPConnection

from faultbook.settings import Auth, Settings
from faultbook.web.addresses import Peer, header
from faultbook.web.problem import Problem
from faultbook.web.rights import User, role_of
from faultbook.web.sessions import Sessions
from faultbook.web.state import Timer

EVERYBODY: Final = User(role="actor")
_LONGEST_NAME: Final = 200


class Doorman(Protocol):
    """``sign_in`` is where somebody who is not signed in can be sent, empty where there is no such place."""

    sign_in: str

    def who(self, connection: HTTPConnection, peer: Peer) -> User:
        """Whoever made this request. Raises Problem where somebody pretends."""
        ...


class Open:
    """``none``: everybody may do everything. The settings allow that on loopback only."""

    sign_in = ""

    def who(self, connection: HTTPConnection, peer: Peer) -> User:
        """Nobody in particular."""
        del connection, peer
        return EVERYBODY


class Proxy:
    """``proxy``: a trusted proxy names the person; from anybody else the header is an attempt to pretend."""

    sign_in = ""

    def __init__(self, auth: Auth) -> None:
        self._auth = auth
        self._user = auth.user_header.lower().encode()
        self._groups = auth.groups_header.lower().encode()

    def who(self, connection: HTTPConnection, peer: Peer) -> User:
        """The person in the header."""
        given = {name for name, _ in connection.scope["headers"]} & {self._user, self._groups}
        if given and not peer.trusted:
            raise Problem(
                403,
                f"A request from here may not say who makes it ({self._auth.user_header}).",
                why="It did not come from a trusted proxy.",
                do="Come through the proxy; or have its address added to serve.trusted_proxies.",
            )
        name = header(connection.scope, self._user)
        if not name or not name.isprintable() or len(name) > _LONGEST_NAME:
            return stranger(self._auth)
        groups = (header(connection.scope, self._groups) or "").split(",")
        return User(
            name=name,
            role=role_of((group.strip() for group in groups), readers=self._auth.readers, actors=self._auth.actors),
        )


class SignedIn:
    """``oidc``: a session cookie says who signed in at the provider."""

    sign_in = "/sign-in"

    def __init__(self, auth: Auth, sessions: Sessions) -> None:
        self._auth = auth
        self.sessions = sessions

    def who(self, connection: HTTPConnection, peer: Peer) -> User:
        """The person in the cookie."""
        del peer
        return self.sessions.read(connection) or stranger(self._auth)


def stranger(auth: Auth) -> User:
    """Somebody who is not signed in."""
    return User(role="visitor" if auth.public_book else "nobody")


def doorman_for(settings: Settings, timer: Timer) -> Doorman:
    """The doorman of these settings. A key for sessions is drawn where none is set."""
    auth = settings.auth
    if auth.mode == "none":
        return Open()
    if auth.mode == "proxy":
        return Proxy(auth)
    sessions = Sessions(
        auth.session_key or secrets.token_urlsafe(48),
        hours=auth.session_hours,
        secure=settings.serve.base_url.startswith("https://"),
        timer=timer,
    )
    return SignedIn(auth, sessions)
