"""The use cases: all that a surface may call."""

from faultbook.app.faultbook import Answer, Diagnosed, Faultbook, decode
from faultbook.app.maintain import book_stats, build_book, lint_book, new_entry

__all__ = ["Answer", "Diagnosed", "Faultbook", "book_stats", "build_book", "decode", "lint_book", "new_entry"]
