"""JSON lines on stderr, one an event. No text that a user gave, no query, no token, no header goes into one."""

import logging
import sys
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger

from faultbook.settings import Log

_FRAMES: Final = 12


def logger_of(settings: Log, stream: TextIO | None = None) -> FilteringBoundLogger:
    """A logger of our own, which changes nothing global."""
    level = getattr(logging, settings.level.upper())
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(stream or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _where,
            structlog.processors.JSONRenderer(sort_keys=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    return log


class Handed(logging.Handler):
    """Hands what libraries log to our logger, so that stderr holds nothing but JSON."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One record. Of an exception only its sort and place are kept: its message may quote a request."""
        error = record.exc_info[1] if record.exc_info else None
        self._log.log(
            record.levelno,
            _clean(record.getMessage().partition("\n")[0]),
            source=record.name,
            **({"error": error} if error else {}),
        )


def take_over(log: FilteringBoundLogger, settings: Log) -> None:
    """Route the standard library's logging, and warnings, through our logger."""
    root = logging.getLogger()
    root.handlers[:] = [Handed(log)]
    root.setLevel(max(getattr(logging, settings.level.upper()), logging.INFO))
    for name in ("httpx2", "httpcore2", "httpx", "httpcore", "authlib", "python_multipart", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _where(_: Any, __: str, event: EventDict) -> EventDict:
    """An error as its sort and the way through the code to it, without its message."""
    error = event.get("error")
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["at"] = _frames(error)
    return event


def _frames(error: BaseException) -> list[str]:
    frames = []
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return frames[-_FRAMES:]


def _clean(text: str) -> str:
    """No control character gets into a line; JSON would escape them, and a reader of JSON would print them again."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)[:2000]
