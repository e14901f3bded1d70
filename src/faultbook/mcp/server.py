"""The server of the official SDK over our tools and entries. Use cases run in threads: two at a time, each with a deadline."""

import asyncio
import base64
import binascii
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import msgspec
from mcp import types
from mcp.shared.exceptions import MCPError

from faultbook import __version__
from faultbook.app import Faultbook
from faultbook.app.untrusted import NOTE, tame
from faultbook.errors import FaultbookError
from faultbook.mcp.tools import Tool, tools

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

AT_ONCE: Final = 2
PAGE: Final = 200
SCHEME: Final = "faultbook://entries/"
INSTRUCTIONS: Final = (
    "Faultbook explains and diagnoses errors of Microsoft Entra, Power BI and the data pipelines around them. "
    "Given an error text: recognise_errors, then diagnose with whatever evidence the user has. Given a code: look_up_code. "
    "Report a verdict with its word (established, likely, undecided, no-evidence) and always with what was not checked. "
    f"{NOTE} Everything here only reads; no tool changes anything."
)


def make_server(book: Faultbook, *, own_machine: bool, deadline: float = 300.0) -> "Server[Any]":
    """A server over one book. ``own_machine`` is whether it runs for one person on that person's machine, and may read paths there.

    ``deadline`` is how many seconds a call may take.
    """
    from mcp.server.lowlevel import Server

    desk = Desk(book, tools(own_machine=own_machine), deadline)
    return Server(
        "faultbook",
        version=__version__,
        title="Faultbook",
        description="Error pages that run: what an error means, which cause is true here, how to fix it, and proof.",
        instructions=INSTRUCTIONS,
        on_list_tools=desk.list_tools,
        on_call_tool=desk.call_tool,
        on_list_resources=desk.list_resources,
        on_list_resource_templates=desk.list_resource_templates,
        on_read_resource=desk.read_resource,
    )


class Desk:
    """Answers the requests of the protocol."""

    def __init__(self, book: Faultbook, offered: dict[str, Tool], deadline: float) -> None:
        self._book = book
        self._offered = offered
        self._deadline = deadline
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="faultbook")

    async def list_tools(self, _ctx: Any, _params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        """Every tool, said to be read-only."""
        return types.ListToolsResult(tools=[_described(tool) for tool in self._offered.values()])

    async def call_tool(self, _ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        """The structured answer, and the same as text behind the note on what is untrusted. A refusal is an answer too."""
        if params.name not in self._offered:
            raise MCPError(
                types.INVALID_PARAMS, f"There is no tool {params.name!r}. Choose of: {', '.join(self._offered)}."
            )
        tool = self._offered[params.name]
        try:
            answer = await self._run(tool, tool.parse(params.arguments or {}))
        except FaultbookError as wrong:
            return _refused(wrong)
        return _answered(tame(msgspec.to_builtins(answer)))

    async def list_resources(self, _ctx: Any, params: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        """The entries, a page at a time."""
        codes = self._book.book.codes()
        start = _place(params.cursor) if params and params.cursor else 0
        shown = codes[start : start + PAGE]
        more = start + PAGE < len(codes)
        return types.ListResourcesResult(
            resources=[
                _resource(entry.code, entry.summary) for code in shown if (entry := self._book.book.entry(code))
            ],
            next_cursor=_cursor(start + PAGE) if more else None,
        )

    async def list_resource_templates(
        self, _ctx: Any, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """The one template."""
        template = types.ResourceTemplate(
            name="entry",
            title="An entry of the book",
            uri_template=f"{SCHEME}{{code}}",
            description="The page of a code as Markdown: meaning, causes, fixes, questions, sources.",
            mime_type="text/markdown",
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(self, _ctx: Any, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        """The page of an entry as Markdown."""
        uri = str(params.uri)
        entry = self._book.book.entry(uri.removeprefix(SCHEME)) if uri.startswith(SCHEME) else None
        if entry is None:
            raise MCPError(
                types.INVALID_PARAMS, f"There is no resource {uri!r}. List them, or search with search_book."
            )
        page = types.TextResourceContents(uri=uri, mime_type="text/markdown", text=self._book.markdown(entry))
        return types.ReadResourceResult(contents=[page])

    async def _run(self, tool: Tool, ask: Any) -> Any:
        """One use case in a thread; one that is given up keeps its place until it ends, so that they cannot pile up."""
        work = asyncio.wrap_future(self._pool.submit(tool.run, self._book, ask))
        try:
            return await asyncio.wait_for(work, self._deadline)
        except TimeoutError as late:
            raise FaultbookError(
                f"{tool.name} took longer than {self._deadline:.0f} seconds and was given up.",
                why="The evidence is large, or this machine is busy.",
                do="Give only the hours around the failure, or try again later.",
            ) from late


def _described(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.says,
        input_schema=tool.input_schema(),
        output_schema=tool.output_schema(),
        annotations=types.ToolAnnotations(
            title=tool.title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )


def _resource(code: str, summary: str) -> types.Resource:
    return types.Resource(name=code, title=code, uri=f"{SCHEME}{code}", description=summary, mime_type="text/markdown")


def _answered(structured: dict[str, Any]) -> types.CallToolResult:
    text = types.TextContent(type="text", text=msgspec.json.encode(structured).decode())
    note = [types.TextContent(type="text", text=NOTE)] if "untrusted" in structured else []
    return types.CallToolResult(content=[*note, text], structured_content=structured)


def _refused(wrong: FaultbookError) -> types.CallToolResult:
    said = (("What happened", wrong.what), ("Why", wrong.why), ("What to do", wrong.do))
    text = "\n".join(f"{label}: {tame(words)}" for label, words in said if words)
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode()


def _place(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor.encode("ascii", "replace")))
    except (binascii.Error, ValueError) as wrong:
        raise MCPError(types.INVALID_PARAMS, "The cursor is none of this server's. Begin without one.") from wrong
