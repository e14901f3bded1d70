"""Patterns of the recogniser as a browser's script can read them: the same expression, from its parse tree.

Python's ``re`` and a script's ``RegExp`` differ in blanks and comments, in-line flags, possessive quantifiers and what a word is. All of these are
written out; a construct that has no counterpart is an error when the book is compiled, never a silent difference.
"""

import re
import re._constants as op  # type: ignore[import-not-found]  # the parse tree of an expression has no public name
import re._parser as parser  # type: ignore[import-not-found]  # as above
from typing import Any, Final

_ANY: Final = "[^]"
_WORD: Final = r"\p{L}\p{N}_"
_CLASS: Final = {
    op.CATEGORY_DIGIT: (r"\p{Nd}", r"\P{Nd}"),
    op.CATEGORY_SPACE: (r"\s", r"\S"),
    op.CATEGORY_WORD: (_WORD, ""),
}
_NOT: Final = {
    op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT,
    op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE,
    op.CATEGORY_NOT_WORD: op.CATEGORY_WORD,
}
_ASCII: Final = {op.CATEGORY_DIGIT: "0-9", op.CATEGORY_SPACE: r"\t-\r ", op.CATEGORY_WORD: "A-Za-z0-9_"}


def script_pattern(pattern: re.Pattern[str]) -> str:
    """The source of a ``RegExp`` with the flag ``u`` that matches what this pattern matches. ValueError where there is none."""
    tree = parser.parse(pattern.pattern, pattern.flags)
    return _Writer(tree.state.groupdict, pattern.flags).sequence(tree, pattern.flags)


class _Writer:
    """Writes one tree. Letters are doubled where case does not count, so that no flag is needed and in-line flags cost nothing."""

    def __init__(self, names: dict[str, int], flags: int) -> None:
        self._names = {number: name for name, number in names.items()}
        self._ascii = bool(flags & re.ASCII)
        self._atoms = 0

    def sequence(self, nodes: Any, flags: int) -> str:
        return "".join(self._node(kind, value, flags) for kind, value in nodes)

    def _node(self, kind: Any, value: Any, flags: int) -> str:
        match kind:
            case op.LITERAL:
                return _cased(value, flags, inside=False)
            case op.NOT_LITERAL:
                return f"[^{_cased(value, flags, inside=True)}]"
            case op.ANY:
                return _ANY if flags & re.DOTALL else r"[^\n]"
            case op.IN:
                return self._set(value, flags)
            case op.AT:
                return self._at(value, flags)
            case op.BRANCH:
                return f"(?:{'|'.join(self.sequence(branch, flags) for branch in value[1])})"
            case op.SUBPATTERN:
                number, on, off, inner = value
                text = self.sequence(inner, (flags | on) & ~off)
                return f"(?<{self._name(number)}>{text})" if number is not None else f"(?:{text})"
            case op.ASSERT | op.ASSERT_NOT:
                ahead, inner = value
                sign = "=" if kind is op.ASSERT else "!"
                return f"(?{'' if ahead > 0 else '<'}{sign}{self.sequence(inner, flags)})"
            case op.MAX_REPEAT | op.MIN_REPEAT | op.POSSESSIVE_REPEAT:
                return self._repeat(kind, value, flags)
            case op.ATOMIC_GROUP:
                return self._atomic(self.sequence(value, flags))
            case op.GROUPREF:
                return rf"\k<{self._name(value)}>"
        raise ValueError(f"{kind} has no counterpart in a script")

    def _name(self, number: int) -> str:
        return self._names.get(number, f"g{number}")

    def _repeat(self, kind: Any, value: tuple[int, int, Any], flags: int) -> str:
        low, high, inner = value
        text = self.sequence(inner, flags)
        if (
            len(inner) != 1
            or inner[0][0] not in {op.LITERAL, op.IN, op.ANY, op.NOT_LITERAL, op.SUBPATTERN}
            or text.startswith("(?=")
            or len(text) == 0
        ):
            text = f"(?:{text})"
        many = {(0, 1): "?", (0, op.MAXREPEAT): "*", (1, op.MAXREPEAT): "+"}.get((low, high))
        if many is None:
            many = f"{{{low}}}" if low == high else f"{{{low},{'' if high is op.MAXREPEAT else high}}}"
        if kind is op.POSSESSIVE_REPEAT:
            return self._atomic(text + many)
        return text + many + ("?" if kind is op.MIN_REPEAT else "")

    def _atomic(self, text: str) -> str:
        """What was matched is looked at first and then taken as it is, so that it is never given back."""
        self._atoms += 1
        return rf"(?:(?=(?<atom{self._atoms}>{text}))\k<atom{self._atoms}>)"

    def _set(self, items: Any, flags: int) -> str:
        negated = bool(items) and items[0][0] is op.NEGATE
        plain: list[str] = []
        lacking: list[str] = []
        for kind, value in items[1:] if negated else items:
            if kind is op.LITERAL:
                plain.append(_cased(value, flags, inside=True))
            elif kind is op.RANGE:
                plain.append(_ranged(value, flags))
            elif kind is op.CATEGORY:
                if value in _NOT:
                    lacking.append(self._category(_NOT[value]))
                else:
                    plain.append(self._category(value))
            else:
                raise ValueError(f"{kind} in a set has no counterpart in a script")
        inside = "".join(plain)
        if not lacking:
            return f"[{'^' if negated else ''}{inside}]"
        apart = [f"[^{one}]" for one in lacking]
        if not negated:
            return f"(?:{'|'.join([*([f'[{inside}]'] if inside else []), *apart])})"
        looks = "".join(f"(?=[{one}])" for one in lacking)
        return f"(?:{looks}[^{inside}])"

    def _category(self, kind: Any) -> str:
        return _ASCII[kind] if self._ascii else _CLASS[kind][0]

    def _at(self, kind: Any, flags: int) -> str:
        word = f"[{self._category(op.CATEGORY_WORD)}]"
        if kind in {op.AT_BEGINNING, op.AT_BEGINNING_STRING}:
            return "(?<=^|\\n)" if kind is op.AT_BEGINNING and flags & re.MULTILINE else "^"
        if kind is op.AT_END_STRING:
            return "$"
        if kind is op.AT_END:
            return "(?=\\n|$)" if flags & re.MULTILINE else "(?=\\n?$)"
        if kind is op.AT_BOUNDARY:
            return f"(?:(?<={word})(?!{word})|(?<!{word})(?={word}))"
        if kind is op.AT_NON_BOUNDARY:
            return f"(?:(?<={word})(?={word})|(?<!{word})(?!{word}))"
        raise ValueError(f"{kind} has no counterpart in a script")


def _sign(number: int, *, inside: bool) -> str:
    char = chr(number)
    if char in ("\\]^-" if inside else "\\^$.|?*+()[]{}/"):
        return "\\" + char
    return f"\\u{{{number:x}}}" if number < 32 or number > 126 else char


def _cased(number: int, flags: int, *, inside: bool) -> str:
    forms = (
        dict.fromkeys((chr(number), chr(number).lower(), chr(number).upper()))
        if flags & re.IGNORECASE
        else (chr(number),)
    )
    signs = [_sign(ord(form), inside=inside) for form in forms if len(form) == 1]
    return "".join(signs) if inside or len(signs) == 1 else f"[{''.join(signs)}]"


def _ranged(value: tuple[int, int], flags: int) -> str:
    low, high = value
    text = f"{_sign(low, inside=True)}-{_sign(high, inside=True)}"
    if flags & re.IGNORECASE:
        for first, last in ((65, 90), (97, 122)):
            a, z = max(low, first), min(high, last)
            if a <= z:
                text += f"{chr(a).swapcase()}-{chr(z).swapcase()}"
    return text
