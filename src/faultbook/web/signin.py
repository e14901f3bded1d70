"""Signing in and out by OpenID Connect: authorization code with PKCE, state and nonce, at the one provider of the settings.

These are the only requests that the service itself makes, and only to addresses that the provider's discovery document names.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from faultbook.settings import Auth
from faultbook.web.deliver import page_response
from faultbook.web.doorman import SignedIn
from faultbook.web.guard import bounded, check_token, peer_of, user_of, within_rate
from faultbook.web.problem import Problem
from faultbook.web.rights import User, role_of
from faultbook.web.sessions import Sessions
from faultbook.web.state import State

_SECONDS: Final = 10.0
_MOST_GROUPS: Final = 1000
_NO_STORE: Final = {"cache-control": "no-store"}


def routes(state: State) -> Sequence[BaseRoute]:
    """Nothing, unless people sign in here."""
    if not isinstance(state.doorman, SignedIn):
        return []
    door = Door(state, state.doorman.sessions)
    return [
        Route("/sign-in", door.sign_in, methods=["GET"]),
        Route("/signed-in", door.signed_in, methods=["GET"]),
        Route("/sign-out", door.sign_out, methods=["GET", "POST"]),
        Route("/signed-out", door.signed_out, methods=["GET"]),
    ]


class Door:
    """The way in and out."""

    def __init__(self, state: State, sessions: Sessions) -> None:
        self._state = state
        self._sessions = sessions
        self._base = state.addresses.base_url
        self.provider = Provider(state.settings.auth)

    async def sign_in(self, request: Request) -> Response:
        """Off to the provider, with what proves on return that the same browser left."""
        within_rate(self._state, "request", peer_of(request))
        going: dict[str, Any] = {}
        away = await self.provider.leave(request, going, f"{self._base}/signed-in")
        going["to"] = own_path(request.query_params.get("to", ""))
        response = RedirectResponse(away, 303, headers=_NO_STORE)
        self._sessions.set_out(response, going)
        return response

    async def signed_in(self, request: Request) -> Response:
        """Back from the provider."""
        within_rate(self._state, "request", peer_of(request))
        going = self._sessions.arrive(request)
        to = own_path(str(going.pop("to", "")))
        claims = await self.provider.arrive(request, going)
        user = self._user(claims)
        self._state.log.info("signed in", user=user.name, role=user.role)
        if user.role == "nobody":
            raise Problem(
                403,
                "You are signed in, and in no group that may use this service.",
                do="Ask its operator; the groups are in auth.readers and auth.actors.",
            )
        response = RedirectResponse(to, 303, headers=_NO_STORE)
        self._sessions.forget(response)
        self._sessions.begin(response, user)
        return response

    async def sign_out(self, request: Request) -> Response:
        """Out of this service, then out at the provider. A GET asks first, since anybody can make a browser send one."""
        user = user_of(request)
        if request.method != "POST":
            return page_response(_question(self._sessions.token(user) if user.session else ""))
        limited = bounded(request, self._state, "none")
        if user.session:
            await check_token(limited)
        away = await self.provider.farewell(f"{self._base}/signed-out")
        response = page_response(_farewell(away or "/signed-out"))
        # Not a redirect: the policy on forms would forbid one to another site.
        response.headers["refresh"] = f"0; url={away or '/signed-out'}"
        self._sessions.end(response, user)
        self._state.log.info("signed out", user=user.name)
        return response

    async def signed_out(self, request: Request) -> Response:
        """The end."""
        del request
        return page_response(_frame("Signed out", '<p>You are signed out. <a href="/sign-in">Sign in again</a></p>'))

    def _user(self, claims: dict[str, Any]) -> User:
        auth = self._state.settings.auth
        names = (claims.get(key) for key in ("preferred_username", "email", "name", "sub"))
        name = next((one for one in names if isinstance(one, str) and one.isprintable() and one.strip()), "")
        groups = claims.get(auth.groups_claim)
        listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        role = role_of(
            (one for one in listed[:_MOST_GROUPS] if isinstance(one, str)), readers=auth.readers, actors=auth.actors
        )
        return User(name=name[:200], role=role, session=self._state.token())


class Provider:
    """The OpenID provider, through Authlib."""

    def __init__(self, auth: Auth) -> None:
        self._auth = auth
        self._issuer = auth.issuer.rstrip("/")

    @cached_property
    def _client(self) -> Any:
        from authlib.integrations.starlette_client import OAuth

        return OAuth().register(
            "provider",
            client_id=self._auth.client_id,
            client_secret=str(self._auth.client_secret) or None,
            server_metadata_url=f"{self._issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": " ".join(self._auth.scopes),
                "code_challenge_method": "S256",
                "timeout": _SECONDS,
                "follow_redirects": False,
                "trust_env": False,
                **({} if self._auth.client_secret else {"token_endpoint_auth_method": "none"}),
            },
        )

    async def leave(self, request: Request, going: dict[str, Any], back: str) -> str:
        """Where to sign in. What has to be remembered until then is put into ``going``."""
        scope = {**request.scope, "session": going}
        await self._metadata()
        redirect = await self._client.authorize_redirect(Request(scope), back)
        return str(redirect.headers["location"])

    async def arrive(self, request: Request, going: dict[str, Any]) -> dict[str, Any]:
        """The claims of whoever signed in. Raises Problem where anything about the return is not as it was when the browser left."""
        from authlib.common.errors import AuthlibBaseError
        from httpx2 import HTTPError
        from joserfc.errors import JoseError

        await self._metadata()
        scope = {**request.scope, "session": going}
        issuer = {"essential": True, "values": [self._auth.issuer]}
        audience = {"essential": True, "values": [self._auth.client_id]}
        try:
            token = await self._client.authorize_access_token(
                Request(scope), claims_options={"iss": issuer, "aud": audience}, leeway=60
            )
        except HTTPError as unreachable:
            raise _unreachable() from unreachable
        except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as refused:
            raise Problem(
                403,
                "The sign-in was not completed.",
                why=f"{_reason(refused)}.",
                do="Sign in once more: /sign-in. A sign-in has ten minutes, and has to end in the browser in which it began.",
            ) from refused
        claims = token.get("userinfo")
        if not claims:
            raise Problem(502, "The provider did not say who signed in.", why="Its answer had no ID token.")
        return dict(claims)

    async def farewell(self, back: str) -> str:
        """Where to sign out at the provider too; empty where it has no such place."""
        try:
            metadata = await self._metadata()
        except Problem:
            return ""
        place = str(metadata.get("end_session_endpoint") or "")
        if urlsplit(place).scheme not in {"http", "https"}:
            return ""
        query = urlencode({"client_id": self._auth.client_id, "post_logout_redirect_uri": back})
        return f"{place}{'&' if urlsplit(place).query else '?'}{query}"

    async def _metadata(self) -> dict[str, Any]:
        from httpx2 import HTTPError

        try:
            metadata: dict[str, Any] = await self._client.load_server_metadata()
        except (HTTPError, ValueError) as unreachable:
            raise _unreachable() from unreachable
        if metadata.get("issuer") != self._auth.issuer:
            raise Problem(
                502,
                "The provider does not call itself what auth.issuer says.",
                do="Set auth.issuer to exactly the issuer in its discovery document.",
            )
        return metadata


def own_path(path: str) -> str:
    """A path of this service to return to, or its front page where somebody tries to lead elsewhere."""
    harmless = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    parts = urlsplit(path)
    return path if harmless and not parts.scheme and not parts.netloc and len(path) < 1000 else "/"


def _reason(error: Exception) -> str:
    """The OAuth error code where there is one: a word of the protocol, never a text from outside."""
    code = getattr(error, "error", "")
    return (
        f"The reason is {code}"
        if isinstance(code, str) and code.replace("_", "").isalpha() and len(code) < 60
        else "What came back was not what this browser had asked for"
    )


def _unreachable() -> Problem:
    return Problem(
        502,
        "The provider that signs people in cannot be reached.",
        do="Try again in a minute. The operator finds its address in auth.issuer.",
    )


def _question(token: str) -> Any:
    return _frame(
        "Sign out",
        f'<form action="/sign-out" method="post"><input type="hidden" name="csrf" value="{token}"><button type="submit">Sign out</button></form>',
    )


def _farewell(away: str) -> Any:
    from html import escape

    return _frame(
        "Signing out", f'<p>You are signed out here. <a href="{escape(away)}">Sign out at the provider too</a></p>'
    )


def _frame(title: str, body: str) -> Any:
    from faultbook.site.render import frame

    return frame(title, f"<h1>{title}</h1>{body}")
