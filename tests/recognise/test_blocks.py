"""Blocks of a stream: the same places whatever the size of a block and the number of threads, and no thread left behind."""

import io
import re
import sys
import threading
import time

import pytest

from faultbook.recognise.blocks import LONGEST, Reader, blocks
from faultbook.recognise.lines import Lines, counting
from faultbook.recognise.stream import scan_stream
from faultbook.recognise.triggers import AROUND, triggers

DATA = b"".join(b"line %d of a log\n" % number + b"needle" * (number % 97 == 0) for number in range(9000))
BEFORE, BEHIND = 64, 32


def search():
    return lambda piece: [(found.end(), 7) for found in re.finditer(rb"needle", piece)]


def found(threads, size, data=DATA, searcher=search):
    reader = Reader(io.BytesIO(data), BEFORE, BEHIND)
    places, ends, lines = [], [], Lines()
    for block in blocks(reader, size, searcher, threads):
        assert bytes(block.buffer[: block.filled]) == data[block.base : block.base + block.filled]
        places += [block.base + end for end, _ in block.matches]
        for offset in (block.done // 2, (block.done + block.limit) // 2, block.filled, block.done, block.limit):
            expected = 1 + data.count(b"\n", 0, block.base + offset)
            assert lines.at(block.buffer, block.base, offset) == expected
        ends.append(block.base + block.limit)
    assert ends[-1] == len(data)
    return places


def searching():
    return [one for one in threading.enumerate() if one.name == "faultbook-search" and one.is_alive()]


def gone():
    """Waits until no thread searches any more."""
    deadline = time.monotonic() + 10
    while searching() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not searching()


@pytest.mark.parametrize("threads", [0, 1, 2, 5])
@pytest.mark.parametrize("size", [200, 4096, 50_001, 1 << 20])
def test_every_place_is_found_once_and_has_its_line(threads, size):
    expected = [one.end() for one in re.finditer(rb"needle", DATA)]
    assert found(threads, size) == expected


def test_a_match_across_two_blocks_is_found_once():
    for shift in range(300):
        data = b"x" * shift + b"needle" + b"y" * 700
        assert found(0, 200, data) == [shift + 6]


def test_longest_covers_every_trigger(recogniser):
    def bound(expression):
        return len(re.sub(r"\[[^]]*\]|\\.", "x", expression)) + sum(map(int, re.findall(r"\{\d*,?(\d+)\}", expression)))

    triggers = recogniser.finder.expressions
    assert max(bound(one.expression) for one in triggers if not one.quick) < LONGEST
    alternatives = re.compile(r"\(\?:.*\|None\)")  # of which the longest has five characters
    assert max(bound(alternatives.sub("state", one.expression)) for one in triggers if one.quick) < AROUND


def test_what_goes_wrong_in_a_thread_is_raised_where_the_blocks_are_used():
    class Broken(io.RawIOBase):
        left = 40

        def readinto(self, buffer):
            self.left -= 1
            if self.left < 0:
                raise OSError("the disk is gone")
            buffer[:] = b"a" * len(buffer)
            return len(buffer)

    with pytest.raises(OSError, match="the disk is gone"):
        list(blocks(Reader(Broken(), BEFORE, BEHIND), 256, search, 2))


def test_a_thread_that_fails_ends_the_scan_and_not_only_itself(monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    made = []

    def searcher():
        made.append(1)

        def broken(piece):
            raise TypeError("unheard of")

        return search() if len(made) == 1 else broken

    with pytest.raises(RuntimeError, match="ended before its time"):
        list(blocks(Reader(io.BytesIO(DATA), BEFORE, BEHIND), 4096, searcher, 2))
    gone()


def test_threads_end_when_nobody_wants_more_blocks():
    one = blocks(Reader(io.BytesIO(DATA * 20), BEFORE, BEHIND), 4096, search, 3)
    next(one), next(one), next(one)
    one.close()
    gone()


def test_a_short_stream_starts_no_thread():
    for _ in blocks(Reader(io.BytesIO(b"short"), BEFORE, BEHIND), 4096, search, 2):
        assert not searching()


@pytest.mark.parametrize("installed", [True, False])
def test_lines_are_counted_with_and_without_a_library_for_it(monkeypatch, installed):
    if installed:
        pytest.importorskip("stringzilla")
    else:
        monkeypatch.setitem(sys.modules, "stringzilla", None)
    count = counting()
    buffer = bytearray(b"\n" * 10 + b"a\n" * 100 + b"tail")
    for begin, end in ((0, len(buffer)), (3, 3), (5, 60), (10, 211), (210, 214)):
        assert count(buffer, begin, end) == bytes(buffer[begin:end]).count(b"\n")


def test_errors_close_together_are_told_apart_alike_in_blocks_of_any_size(recogniser):
    line = '{{"time":"2026-03-04T05:06:0{0}Z","status":{{"errorCode":5007{0},"failureReason":"AADSTS5007{0}: Other."}},"correlationId":"{0}3333333-dddd-4eee-9fff-444444444444","error_codes":[5007{0}]}}\n'
    data = "".join(line.format(number % 10) for number in range(3000)).encode()

    def all_of(block, threads):
        return [
            (one.code, one.offset, one.line, one.correlation_id, one.id)
            for one in scan_stream(recogniser, io.BytesIO(data), block=block, threads=threads)
        ]

    once = all_of(1 << 22, 0)
    assert len(once) == 3000
    for block, threads in ((1 << 14, 0), (1 << 14, 2), (40_001, 1), (1 << 18, 2)):
        assert all_of(block, threads) == once


def test_rows_of_a_table_count_once_in_blocks_of_any_size(recogniser):
    row = "2026-03-04T05:06:0{0}Z,{1:08d}-dddd-4eee-9fff-444444444444,person@contoso.example,{2},{3}\n"
    rows = [
        row.format(n % 10, n, 50076 if n % 3 else 0, "AADSTS50076: Somebody must do more." if n % 2 else "Other.")
        for n in range(2000)
    ]
    data = ("Date (UTC),Request ID,Username,Sign-in error code,Failure reason\n" + "".join(rows)).encode()

    def all_of(block, threads):
        found = scan_stream(recogniser, io.BytesIO(data), block=block, threads=threads)
        return [(one.code, one.offset, one.line, one.trace_id) for one in found]

    once = all_of(1 << 22, 0)
    assert [line for _, _, line, _ in once] == sorted(line for _, _, line, _ in once)
    assert len(once) >= sum(1 for n in range(2000) if n % 3)
    for block, threads in ((1 << 14, 0), (1 << 14, 2), (30_011, 1)):
        assert all_of(block, threads) == once


def test_a_name_too_long_to_be_searched_for_around_a_place_is_not_cut_short(recogniser):
    names = ("Short" + "Name" * 5, "Long" + "Name" * 40)
    cut = {one.expression: bool(one.quick) for one in triggers(recogniser._names, names)}
    assert [cut[name] for name in names] == [True, False]
