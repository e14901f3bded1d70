"""Secrets: where they may come from, and how none of them gets out again."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from faultbook.errors import UsageError
from faultbook.redact import Redactor

REMOVED: Final = "[removed]"
_SHORTEST: Final = 4


class Secrets:
    """Passwords, client secrets and tokens met so far. What is known here is taken out of every answer before anything else sees it."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._known: set[str] = set()

    def read(self, *names: str) -> str | None:
        """The value of the first of these variables that is set, or the content of the file that ``NAME_FILE`` leads to; None where neither is.

        Raises UsageError where a file is named and cannot be read.
        """
        for name in names:
            value = self._environment.get(name)
            if not value and (path := self._environment.get(f"{name}_FILE")):
                try:
                    value = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
                except (OSError, UnicodeDecodeError) as error:
                    reason = error.strerror if isinstance(error, OSError) else "it is no text"
                    raise UsageError(f"The file that {name}_FILE names cannot be read.", why=f"{reason}.") from error
            if value:
                self.learn(value)
                return value
        return None

    def get(self, *names: str) -> str | None:
        """The first of these variables that is set, for what is no secret."""
        return next((self._environment[name] for name in names if self._environment.get(name)), None)

    def learn(self, value: str) -> None:
        """Note a secret, so that it is hidden from now on."""
        if len(value) >= _SHORTEST:
            self._known.add(value)

    def hide(self, text: str) -> str:
        """The text without any secret that is known here."""
        for secret in sorted(self._known, key=len, reverse=True):
            if secret in text:
                text = text.replace(secret, REMOVED)
        return text

    def hide_bytes(self, body: bytes) -> bytes:
        """The same for an answer as it came."""
        for secret in sorted(self._known, key=len, reverse=True):
            with contextlib.suppress(UnicodeEncodeError):
                body = body.replace(secret.encode(), REMOVED.encode())
        return body

    def told(self, text: str) -> str:
        """Text from outside that goes into a sentence: without secrets known here, and without what looks like one."""
        return Redactor()._secrets(self.hide(text))  # noqa: SLF001 - people stay: the sentence is about them
