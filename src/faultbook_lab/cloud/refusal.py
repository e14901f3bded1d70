"""A request that is refused, before anything knows in whose words: each API prints it in its own way."""

from collections.abc import Mapping


class Refusal(Exception):  # noqa: N818 - it is an answer, not a mistake of ours
    """Ends a request: the status, the vendor's code and message, and headers that go with it."""

    def __init__(self, status: int, code: str, message: str = "", *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
