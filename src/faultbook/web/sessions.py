"""Signed cookies: who is signed in, and where a sign-in under way was going."""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

from faultbook.web.rights import User

_MOST_REVOKED: Final = 100_000
_MOST_COOKIE: Final = 4096
_SIGN_IN_SECONDS: Final = 600


class Sessions:
    """Makes, reads and ends sessions. ``secure`` cookies carry the prefix that binds them to one host and https.

    The cookie holds name, role and id, signed and readable; the server keeps only the ids of sessions that were ended before their time.
    """

    def __init__(self, key: str, *, hours: float, secure: bool, timer: Callable[[], float]) -> None:
        self._key = key.encode()
        self._signer = URLSafeTimedSerializer(
            key, salt="faultbook.session", signer_kwargs={"digest_method": hashlib.sha256}
        )
        self._under_way = URLSafeTimedSerializer(
            key, salt="faultbook.sign-in", signer_kwargs={"digest_method": hashlib.sha256}
        )
        self.seconds = round(hours * 3600)
        self._secure = secure
        self._timer = timer
        self._revoked: OrderedDict[str, float] = OrderedDict()
        prefix = "__Host-" if secure else ""
        self._name, self._going = f"{prefix}faultbook", f"{prefix}faultbook-sign-in"

    def read(self, connection: HTTPConnection) -> User | None:
        """Whoever the cookie says is signed in; None where there is none, or it is forged, expired or ended."""
        value = self._load(self._signer, connection, self._name, self.seconds)
        if value is None or self._is_revoked(value["id"]):
            return None
        return User(name=value["name"], role=value["role"], session=value["id"])

    def begin(self, response: Response, user: User) -> None:
        """Set the cookie of a session."""
        value = self._signer.dumps({"id": user.session, "name": user.name[:200], "role": user.role})
        self._set(response, self._name, str(value), self.seconds)

    def end(self, response: Response, user: User) -> None:
        """Take the cookie back, and refuse it should it come again."""
        if user.session:
            self._revoked[user.session] = self._timer() + self.seconds
            while len(self._revoked) > _MOST_REVOKED:
                self._revoked.popitem(last=False)
        self._set(response, self._name, "", 0)

    def token(self, user: User) -> str:
        """What a form of this session has to bring back, so that no other site can send it."""
        return hmac.new(self._key, b"csrf:" + user.session.encode(), hashlib.sha256).hexdigest()

    def set_out(self, response: Response, going: dict[str, Any]) -> None:
        """Remember a sign-in under way in the browser that began it."""
        self._set(response, self._going, str(self._under_way.dumps(going)), _SIGN_IN_SECONDS)

    def arrive(self, connection: HTTPConnection) -> dict[str, Any]:
        """The sign-in that this browser began, empty where there is none."""
        return self._load(self._under_way, connection, self._going, _SIGN_IN_SECONDS) or {}

    def forget(self, response: Response) -> None:
        """The sign-in is over."""
        self._set(response, self._going, "", 0)

    def _is_revoked(self, session: str) -> bool:
        until = self._revoked.get(session)
        return until is not None and until > self._timer()

    def _load(self, signer: URLSafeTimedSerializer, connection: HTTPConnection, name: str, seconds: int) -> Any:
        raw = _cookie(connection, name)
        if raw is None:
            return None
        try:
            return signer.loads(raw, max_age=seconds)
        except BadData:
            return None

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax")


def _cookie(connection: HTTPConnection, name: str) -> str | None:
    for key, value in connection.scope["headers"]:
        if key == b"cookie" and len(value) < 4 * _MOST_COOKIE:
            try:
                found = SimpleCookie(value.decode("latin-1")).get(name)
            except CookieError:
                continue
            if found is not None:
                return found.value
    return None
