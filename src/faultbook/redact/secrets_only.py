"""Secrets out, people stay: for a bundle that does not leave the house."""

from typing import Any

from faultbook.redact.keys import sort_of
from faultbook.redact.redactor import REMOVED, Redactor


class SecretsOnly(Redactor):
    """Takes out what looks like a secret or stands where one does, and nothing else."""

    def learn(self, value: Any, key: str = "", parent: str = "") -> None:
        """Nothing: no name is looked for."""

    def value(self, value: Any, key: str = "", parent: str = "") -> Any:
        """The same JSON value without secrets; keys and structure stay."""
        if isinstance(value, dict):
            return {name: self.value(inner, str(name), key) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner, key, parent) for inner in value]
        if sort_of(key, parent) == "secret" and value not in (None, "", REMOVED) and not isinstance(value, bool):
            return REMOVED if isinstance(value, str) else None
        return self.text(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        """The same text without secrets."""
        return self._secrets(text)
