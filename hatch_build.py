"""Compiles the book into the package, for the wheel and for an installation that is edited."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileBook(BuildHookInterface):  # type: ignore[type-arg]  # generic only in its stubs
    """Makes ``src/faultbook/_book`` from ``book`` before the files of the wheel are collected."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; a mistake in the book stops the build and names the file."""
        del version, build_data  # every kind of wheel holds the same book
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        try:
            from faultbook.app.maintain import build_book

            build_book(root / "book", root / "src/faultbook/_book")
        finally:
            sys.path.remove(str(root / "src"))
