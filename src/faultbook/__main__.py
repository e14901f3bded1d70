"""The fast path: ``faultbook CODE`` is answered from the compiled pages before anything heavy is imported; all else goes to ``cli``."""

import os
import sys
import time

from faultbook.book.pages import find

SURFACES = {
    "mcp": "faultbook.mcp.command:mcp",
    "health": "faultbook.web.command:health",
    "lab": "faultbook_lab.command:lab",
    "serve": "faultbook.web.command:serve",
}
"""Commands that are surfaces of their own. None imports another, so they meet here, by name: each is loaded when it is called for. The lab is a package beside the product."""
PAGES = os.path.join(os.path.dirname(__file__), "_book", "book.pages")  # noqa: PTH118, PTH120 - pathlib costs more than the look-up


def main() -> int:
    """Run the command line, and answer its exit code."""
    try:
        page = _page(sys.argv[1:])
        if page is None:
            import gc

            # What is loaded stays until the end. To look among it for what may go, after every 700 objects and once more at the end, takes a fifth of a short command.
            gc.set_threshold(50_000)
            from faultbook.cli import main as cli_main

            answer = cli_main(surfaces=SURFACES)
            if "_duckdb" in sys.modules:
                _leave(answer)
            else:  # the database complains on standard error of all that it does not get back
                gc.freeze()
            return answer
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a replaced stdout has none, and main is not run under one
        sys.stdout.write(page)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read us has seen enough. What is left must not be flushed into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _leave(answer: int) -> None:
    """End here, unless a thread is still at work: to take a large database apart piece by piece costs as much as some questions to it."""
    import threading

    from faultbook.sources.signins.load import CLOSING

    waited_for = (one for one in threading.enumerate() if not one.daemon and one.name != CLOSING)
    if list(waited_for) == [threading.main_thread()]:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(answer)


def _page(arguments: list[str]) -> str | None:
    """The page that the arguments ask for and nothing else, or None where they ask for more than a page."""
    colour: bool | None = None
    words: list[str] = []
    for argument in arguments:
        if argument in {"--color", "--no-color"}:
            colour = argument == "--color"
        elif argument.startswith("-"):
            return None
        else:
            words.append(argument)
    if words[:1] == ["show"]:
        words = words[1:]
    elif words and words[0].isalpha() and words[0].islower():
        return None  # a command, or a word to be searched
    if not words or os.environ.get("FAULTBOOK_OVERLAY") or os.environ.get("FAULTBOOK_STALE_MONTHS"):
        return None  # a site's own entries, and its own idea of old, are not in the compiled pages
    if colour is None:
        colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and sys.stdout.isatty()
    return find(PAGES, " ".join(words), colour, int(time.time()) // 86_400)


if __name__ == "__main__":
    sys.exit(main())
