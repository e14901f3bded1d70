"""Regular expressions that are compiled at their first use: a command loads five times as many as it needs."""

import re
from typing import Any, Final, TypeGuard, cast

_METHODS: Final = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")


class _Later:
    """Stands for an expression until somebody asks for one of its methods, which it then has itself."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self._text, self._flags)
        vars(self).update((method, getattr(compiled, method)) for method in _METHODS)
        return getattr(compiled, name)


def later(text: str, flags: int = 0) -> re.Pattern[str]:
    """What ``re.compile`` makes of it, made when it is first used."""
    return cast("re.Pattern[str]", _Later(text, flags))


def is_expression(value: object) -> TypeGuard[re.Pattern[str]]:
    """Whether this is an expression, compiled or not yet."""
    return isinstance(value, re.Pattern | _Later)
