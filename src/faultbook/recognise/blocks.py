"""A stream in overlapping blocks, each with what a search found in it, in order.

While one block is looked at, other threads read and search the next ones: the operating system's read and the search engine leave the interpreter
alone. Whoever has its turn reads, and searches what it has read itself, since that is still in the cache of its processor.
"""

import io
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue

from msgspec import Struct

Search = Callable[[memoryview], list[tuple[int, int]]]
"""Where each match in a piece of bytes ends, in ascending order, and the number of its trigger."""

LONGEST = 512
"""More bytes than any match of a trigger has."""


class Block(Struct):
    """A piece of a stream that begins at ``base``: what ended in ``done < end <= limit`` is new in it, the rest up to ``filled`` stands around it."""

    buffer: bytearray
    base: int
    done: int
    limit: int
    filled: int
    ended: bool
    matches: list[tuple[int, int]] = []

    def search(self, search: Search) -> None:
        """Finds what is new in it."""
        begin = max(self.done - LONGEST, 0)
        with memoryview(self.buffer) as whole, whole[begin : self.limit] as piece:
            self.matches = [(begin + end, number) for end, number in search(piece) if begin + end > self.done]


class Reader:
    """Cuts a stream into blocks that each hold so many bytes before and behind what is new in them, where there are any."""

    def __init__(self, stream: io.RawIOBase, before: int, behind: int) -> None:
        self._stream = stream
        self._before = before
        self._behind = behind
        self._tail = b""
        self._base = 0
        self._done = 0

    def read(self, buffer: bytearray) -> Block:
        """The next block, in this buffer."""
        with memoryview(buffer) as view:
            kept = len(self._tail)
            view[:kept] = self._tail
            filled = kept + _fill(self._stream, view[kept:])
            ended = filled < len(buffer)
            limit = filled if ended else filled - self._behind
            block = Block(buffer, self._base, self._done, limit, filled, ended)
            keep = max(limit - self._before, 0)
            self._tail = bytes(view[keep:filled])
        self._base += keep
        self._done = limit - keep
        return block


def _fill(stream: io.RawIOBase, view: memoryview) -> int:
    """Reads until the view is full or the stream ends, so that the result does not depend on how the bytes arrive."""
    filled = 0
    while filled < len(view):
        count = stream.readinto(view[filled:])
        if not count:
            break
        filled += count
    return filled


class _Promise:
    """A block that a thread is still at work on."""

    def __init__(self) -> None:
        self.block: Block | None = None
        self.failure: Exception = RuntimeError("a thread that searched ended before its time")
        self.ready = threading.Lock()  # held until it is
        self.ready.acquire()


def blocks(
    reader: Reader,
    size: int,
    searcher: Callable[[], Search],
    threads: int,
) -> Iterator[Block]:
    """The blocks of a stream, searched: here, or in as many threads besides. A block is good until the next one is asked for."""
    search = searcher()
    buffer = bytearray(size)
    while True:
        block = reader.read(buffer)
        block.search(search)
        yield block
        if block.ended:
            return
        if threads:
            break
    yield from _in_threads(reader, size, searcher, threads)


def _in_threads(
    reader: Reader,
    size: int,
    searcher: Callable[[], Search],
    threads: int,
) -> Iterator[Block]:
    free: SimpleQueue[bytearray | None] = SimpleQueue()
    promises: SimpleQueue[_Promise] = SimpleQueue()
    turn = threading.Lock()
    over = left = False

    def work(search: Search) -> None:
        nonlocal over
        while (buffer := free.get()) is not None:
            promise = _Promise()
            try:
                with turn:
                    if over or left:
                        return
                    promises.put(promise)
                    over = True  # unless it could be read, and there is more
                    block = reader.read(buffer)
                    over = block.ended
                block.search(search)
                promise.block = block
            except (OSError, ValueError) as failure:  # of reading: for the thread that waits
                promise.failure = failure
            finally:
                promise.ready.release()

    for _ in range(threads + 2):
        free.put(bytearray(size))
    for search in [searcher() for _ in range(threads)]:
        threading.Thread(target=work, args=(search,), name="faultbook-search", daemon=True).start()
    try:
        while True:
            promise = promises.get()
            promise.ready.acquire()
            if promise.block is None:
                raise promise.failure
            yield promise.block
            if promise.block.ended:
                return
            free.put(promise.block.buffer)
    finally:
        left = True
        for _ in range(threads):
            free.put(None)
