"""The contract as middleware: it stands before any application and lets nothing pass unjudged."""

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from faultbook_lab.cloud.cloud import answer

if TYPE_CHECKING:
    from faultbook_lab.cloud.contract import Contract, Violation


class Judging:
    """Holds each answer back until it is whole and judged."""

    def __init__(self, app: ASGIApp, contract: "Contract") -> None:
        self._app = app
        self._contract = contract

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not self._contract.judges(scope["path"]):
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        wrong = self._contract.request(method, path, scope["query_string"].decode("latin-1"))
        if wrong and self._contract.strict:
            await _refuse(wrong, scope, receive, send)
            return
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        start = next(message for message in messages if message["type"] == "http.response.start")
        body = b"".join(message.get("body", b"") for message in messages if message["type"] == "http.response.body")
        headers = Headers(raw=start["headers"])
        wrong = self._contract.answer(method, path, start["status"], headers, body)
        if wrong and self._contract.strict:
            await _refuse(wrong, scope, receive, send)
            return
        for message in messages:
            await send(message)


async def _refuse(wrong: "list[Violation]", scope: Scope, receive: Receive, send: Send) -> None:
    said = "; ".join(map(str, wrong))[:4000]
    document = {"error": {"code": "ContractViolation", "message": said}}
    await answer(document, 500)(scope, receive, send)
