"""Evidence files written into a temporary folder and read back."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from faultbook.evidence import Fact
from faultbook.sources import FileReport
from faultbook.sources.evidence import USUAL, Gathered, Limits, gather

Reading = tuple[tuple[Fact, ...], FileReport]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Callable[..., Gathered]]:
    """Write files and gather the folder that holds them."""
    with ExitStack() as stack:

        def make(files: dict[str, str | bytes], limits: Limits = USUAL) -> Gathered:
            top = tmp_path / "evidence"
            for name, content in files.items():
                path = top / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.encode() if isinstance(content, str) else content)
            return stack.enter_context(gather([top], limits=limits))

        yield make


@pytest.fixture
def read(folder: Callable[..., Gathered]) -> Callable[..., Reading]:
    """Write one file and read it: its facts and its report."""

    def one(content: str | bytes, name: str = "given.bin", limits: Limits = USUAL) -> Reading:
        gathered = folder({name: content}, limits)
        return gathered.facts, gathered.reports[-1]

    return one
