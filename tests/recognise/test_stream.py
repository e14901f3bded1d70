"""Streams: the same answers as for a text, whatever the size, the packing, the encoding and the way the bytes arrive."""

import gzip
import io
import json
import os
import random
import threading
import tracemalloc
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faultbook.recognise.finder import Finder
from faultbook.recognise.printed import printed
from faultbook.recognise.stream import scan_stream

CORRELATION = "33333333-dddd-4eee-9fff-444444444444"
TRACE = "11111111-aaaa-4bbb-8ccc-222222222200"
ERROR = f"2026-03-04 05:06:07.123 ERROR token: AADSTS50076: Somebody must do more. Trace ID: {TRACE} Correlation ID: {CORRELATION} Timestamp: 2026-03-04 05:06:07Z"
QUIET = "2026-03-04 05:06:07.123 INFO worker: the request was queued and retried after a short wait"


def codes(found):
    return [one.code for one in found]


def log(*places: int, lines: int = 400) -> str:
    return "".join((ERROR if line in places else QUIET) + "\n" for line in range(1, lines + 1))


def test_offset_and_line_say_where_the_code_stands(recogniser):
    text = log(3, 120, 400)
    found = list(recogniser.scan_stream(io.BytesIO(text.encode())))
    assert [(one.code, one.line) for one in found] == [("AADSTS50076", 3), ("AADSTS50076", 120), ("AADSTS50076", 400)]
    assert all(text.encode()[one.offset :].startswith(b"AADSTS50076") for one in found)
    assert {(one.correlation_id, one.trace_id, one.at) for one in found} == {
        (CORRELATION, TRACE, "2026-03-04 05:06:07Z")
    }


def test_offsets_are_bytes_where_letters_take_several(recogniser):
    data = f"\u00e9\u20ac\U0001f600 {ERROR}\n".encode()
    (one,) = recogniser.scan_stream(io.BytesIO(data))
    assert data[one.offset :].startswith(b"AADSTS50076")


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("utf-8 with mark", lambda text: text.encode("utf-8-sig")),
        ("utf-16 with mark", lambda text: text.encode("utf-16")),
        ("utf-16 little", lambda text: text.encode("utf-16-le")),
        ("utf-16 big", lambda text: text.encode("utf-16-be")),
        ("utf-32", lambda text: text.encode("utf-32")),
        ("latin-1", lambda text: text.encode("latin-1")),
        ("gzip", lambda text: gzip.compress(text.encode())),
        ("gzip of utf-16", lambda text: gzip.compress(text.encode("utf-16"))),
        ("gzip twice", lambda text: gzip.compress(gzip.compress(text.encode()))),
        ("crlf", lambda text: text.replace("\n", "\r\n").encode()),
    ],
)
def test_encoding_and_packing_do_not_matter(recogniser, name, pack):
    text = f"Caf\u00e9 G\u00fcnther\n{log(2, lines=50)}"
    (one,) = recogniser.scan_stream(io.BytesIO(pack(text)))
    assert (one.code, one.correlation_id, one.line) == ("AADSTS50076", CORRELATION, 3)


def test_a_broken_gzip_gives_what_is_in_front_of_the_break(recogniser):
    noise = "".join(random.Random(1).choices("abcdefgh \n", k=400_000))
    packed = gzip.compress(f"{ERROR}\n{noise}".encode())
    assert codes(recogniser.scan_stream(io.BytesIO(packed[: len(packed) // 2]))) == ["AADSTS50076"]


def test_damaged_bytes_do_not_hide_a_code(recogniser):
    data = b"\xff\xfe\xfa\x80 \xc3\x28 " + ERROR.encode() + b" \xe2\x28\xa1\n"
    assert codes(recogniser.scan_stream(io.BytesIO(b"x" + data))) == ["AADSTS50076"]


class Trickle(io.RawIOBase):
    """Gives a few bytes at a time."""

    def __init__(self, data, step):
        self.data, self.step, self.at = data, step, 0

    def readable(self):
        return True

    def readinto(self, buffer):
        piece = self.data[self.at : self.at + min(self.step, len(buffer))]
        self.at += len(piece)
        buffer[: len(piece)] = piece
        return len(piece)


@settings(deadline=None, max_examples=40)
@given(
    lead=st.integers(0, 70_000),
    gap=st.integers(0, 40_000),
    step=st.sampled_from([1 << 20, 4096, 4099, 333]),
    fill=st.sampled_from(["x", "x\n", "word ", "\u00e9"]),
)
def test_no_place_at_a_bound_is_lost_or_found_twice(recogniser, lead, gap, step, fill):
    other = ERROR.replace(CORRELATION, TRACE)
    text = (fill * (lead // len(fill))) + "\n" + ERROR + "\n" + (fill * (gap // len(fill))) + "\n" + other + "\n"
    found = list(scan_stream(recogniser, Trickle(text.encode(), step), block=1 << 14))
    assert [(one.code, one.correlation_id) for one in found] == [("AADSTS50076", CORRELATION), ("AADSTS50076", TRACE)]
    data = text.encode()
    assert [data.find(b"AADSTS"), data.rfind(b"AADSTS")] == [one.offset for one in found]
    assert [data.count(b"\n", 0, one.offset) + 1 for one in found] == [one.line for one in found]


def test_one_endless_line_is_read_in_pieces_and_memory_stays_flat(recogniser):
    class Endless(io.RawIOBase):
        left = 96 << 20
        error = (b"x" * 100 + ERROR.encode() + b"x" * 100).ljust(1 << 16, b"y")

        def readable(self):
            return True

        def readinto(self, buffer):
            at = -self.left % (1 << 16)
            count = min(len(buffer), self.left, (1 << 16) - at)
            buffer[:count] = self.error[at : at + count]
            self.left -= count
            return count

    recogniser.finder  # noqa: B018  # built outside the measurement
    tracemalloc.start()
    try:
        count = sum(1 for one in recogniser.scan_stream(Endless()) if one.code == "AADSTS50076")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == (96 << 20) // (1 << 16)
    assert peak < 24 << 20


def test_message_over_several_lines_keeps_its_footer(recogniser):
    text = f"{QUIET}\n2026-03-04 05:06:08 ERROR AADSTS50076: Somebody must\ndo more.\nTrace ID: {TRACE}\nCorrelation ID: {CORRELATION}\nTimestamp: 2026-03-04 05:06:09Z\n{QUIET}\n"
    (one,) = recogniser.scan_stream(io.BytesIO(text.encode()))
    assert (one.trace_id, one.correlation_id, one.at) == (TRACE, CORRELATION, "2026-03-04 05:06:09Z")


def test_a_neighbouring_record_lends_no_ids(recogniser):
    text = f"2026-03-04 05:06:07 INFO Correlation ID: {CORRELATION}\n2026-03-04 05:06:08 ERROR AADSTS50076: Somebody must do more.\n2026-03-04 05:06:09 INFO Trace ID: {TRACE}\n"
    (one,) = recogniser.scan_stream(io.BytesIO(text.encode()))
    assert (one.correlation_id, one.trace_id, one.at) == (None, None, "2026-03-04 05:06:08")


def test_rows_of_success_are_passed_by(recogniser):
    rows = [
        {
            "createdDateTime": "2026-03-04T05:06:07Z",
            "correlationId": CORRELATION,
            "status": {"errorCode": code, "failureReason": "Other."},
        }
        for code in (0, 50126, 0)
    ]
    found = list(recogniser.scan_stream(io.BytesIO("\n".join(map(json.dumps, rows)).encode())))
    assert [(one.code, one.line) for one in found] == [("AADSTS50126", 2)]


def test_every_published_code_is_triggered(recogniser, known):
    missing = [
        one.code
        for one in known
        if one.kind == "error" and (text := printed(one)) and not recogniser.finder.matches(text.encode())
    ]
    assert missing == []


def test_without_hyperscan_the_answers_are_the_same(recogniser, known):
    slow = Finder(recogniser.finder.expressions, fast=False)
    assert not slow.fast
    texts = [text for one in known[::40] if (text := printed(one))] + [log(2, lines=5), "nothing at all"]
    for text in texts:
        quick, plain = recogniser.finder.matches(text.encode()), slow.matches(text.encode())
        assert set(plain) <= set(quick)
        assert bool(plain) == bool(quick)


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("001003 (42000): SQL", True),
        ("999999 (P0001)  : it", True),
        ("000904 (None): it", True),
        ("x 03 (42000): SQL", False),
        ("001003 (42 00): SQL", False),
        ("failed (404 RESOURCE_GONE)", True),
        ("failed (303 SEE_OTHER)", False),
        ("request failed.  Request", True),
        ("request failed. Reques", False),
        ("SqlErrorNumber", True),
        ("SqlErrorNumbe", False),
        ("a: [DIVIDE_BY_ZERO]", True),
        ("a: [_LEGACY_ERROR_TEMP_1]", True),
        ("a: [divide_by_zero]", False),
        ("Error code: CAA20003", True),
        ("broker (0xcaa51234)", True),
        ("request 7f1caa60-2f1e-4c1e-9d0a-5a3b2c1d0e9f", False),
        ("request 0b6f1c2d-2f1e-4c1e-9d0a-5caa20003d0e", False),
        ("Error: -895352823", True),
        ("request 0b6f1c2d-8953-4c1e-9d0a-5a3b2c1d0e9f", False),
    ],
)
@pytest.mark.parametrize("fast", [True, False])
def test_quick_expressions_find_what_the_full_one_finds(recogniser, text, there, fast):
    finder = Finder(tuple(one for one in recogniser.finder.expressions if one.quick), fast=fast)
    block = memoryview(f"{'y' * 100} {text} {'y' * 100}".encode())
    assert bool(finder.matches(block)) is there


def test_every_name_that_is_cut_short_is_still_found_whole(recogniser):
    finder, slow = recogniser.finder, Finder(recogniser.finder.expressions, fast=False)
    names = {
        one.expression.replace("\\", ""): one for one in finder.expressions if one.quick and " (" not in one.literal
    }
    names = {name: one for name, one in names.items() if name.lower() == one.literal}
    assert len(names) > 40
    for name, one in names.items():
        block = f"so {name}: it".encode()
        assert (3 + len(name), finder.expressions.index(one)) in finder.matches(block)
        assert set(slow.matches(block)) <= set(finder.matches(block))


def test_identifiers_of_random_digits_are_not_looked_at(recogniser):
    """Three letters that are hexadecimal digits stand in one of 80 of them: each place costs as much as an error."""
    chance = random.Random(5)
    ids = "\n".join(str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(100_000)).encode()
    assert ids.count(b"caa") > 500
    assert len(recogniser.finder.matches(ids)) < 10


def test_an_empty_stream_yields_nothing(recogniser):
    assert list(recogniser.scan_stream(io.BytesIO(b""))) == []


digits = st.text("0123456789", min_size=8, max_size=8)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from([50076, 50126, 99999, 7000215]), digits, st.sampled_from(range(7))),
        min_size=2,
        max_size=8,
    )
)
def test_a_shape_met_before_gives_what_the_full_recognition_gives(recogniser, rows):
    forms = [
        "2026-03-04 05:06:07 ERROR AADSTS{code}: More. Trace ID: {id} Correlation ID: {id2} Timestamp: 2026-03-04 05:06:{s}Z",
        '{{"createdDateTime":"2026-03-04T05:06:{s}Z","correlationId":"{id}","status":{{"errorCode":{code},"failureReason":"Other."}}}}',
        "2026-03-04 05:06:07 AADSTS70002: Outer. AADSTS{code}: Inner. Correlation ID: {id}",
        '{{"time":"2026-03-04T05:06:{s}Z","message":"{{\\"error_description\\":\\"AADSTS{code}: More. Trace ID: {id}\\",\\"error_codes\\":[{other}]}}"}}',
        "05:06:{s}  {code6} (42000): SQL compilation error: it failed at {s}",
        "2026-03-04 05:06:07 the list names AADSTS{code} and {s}",
        "2026-03-04 05:06:07 Failed: ErrorCode=SqlOperationFailed,'Type=A,Message=B,SqlErrorNumber={code},Class=13,'",
    ]
    lines = [
        forms[form].format(
            code=code,
            other=code if int(number[0]) % 2 else 50079,
            code6=f"{code:06d}"[:6],
            id=f"{number}-aaaa-4bbb-8ccc-222222222200",
            id2=f"{number}-aaaa-4bbb-8ccc-222222222211",
            s=number[:1] + "7",
        )
        for code, number, form in rows
    ]
    streamed = [
        (one.code, one.at, one.correlation_id, one.trace_id, one.chain, one.text, one.id)
        for one in recogniser.scan_stream(io.BytesIO("\n".join(lines).encode()))
    ]
    alone = [
        (one.code, one.at, one.correlation_id, one.trace_id, one.chain, one.text, one.id)
        for line in lines
        for one in recogniser.scan_stream(io.BytesIO(line.encode()))
    ]
    assert streamed == alone


def test_a_pipe_is_read_to_its_end(recogniser):
    reading, writing = os.pipe()
    data = (log(2, lines=30_000) + ERROR).encode()

    def write():
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(data)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb") as pipe:
        found = list(recogniser.scan_stream(pipe))
    writer.join()
    assert [(one.code, one.line) for one in found] == [("AADSTS50076", 2), ("AADSTS50076", 30_001)]


HEADER = "Date (UTC),Request ID,User,Sign-in error code,Failure reason,Sign-in error code"


def table(rows: int, fail: int, ending: str = "\r\n") -> str:
    """A portal export in which every ``fail``th sign-in failed."""
    lines = (
        f'2026-03-02T08:00:00Z,id-{row},"Kïm, Demo",{50126 if row % fail == 0 else 0},{"x" * (row % 300)},'
        for row in range(1, rows + 1)
    )
    return ending.join([HEADER, *lines, ""])


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_rows_of_an_export_are_found_in_every_block(recogniser, ending, mark):
    """Line by line, whatever the blocks are, with the place of the number."""
    text = mark + table(3000, 7, ending)
    data = text.encode()
    found = list(scan_stream(recogniser, io.BytesIO(data), block=1 << 14))
    assert [(one.code, one.line) for one in found] == [("AADSTS50126", row + 1) for row in range(7, 3001, 7)]
    assert [one.trace_id for one in found[:2]] == ["id-7", "id-14"]
    assert all(data.removeprefix(b"\xef\xbb\xbf")[one.offset : one.span[1]] == b"50126" for one in found)


def test_a_code_that_its_row_prints_again_counts_once(recogniser):
    text = f"{HEADER}\n2026-03-02T08:00:00Z,id-1,kim,50126,AADSTS50126: Wrong password.,\n2026-03-02T08:00:00Z,id-2,kim,0,AADSTS50076: More is needed.,\n"
    assert codes(recogniser.scan_stream(io.BytesIO(text.encode()))) == ["AADSTS50126", "AADSTS50076"]


@pytest.mark.parametrize("cell", ['"' + "x" * 200_000, "a\rb", '"', "\0", "x" * 5_000_000])
def test_a_row_that_is_no_row_hides_no_other(recogniser, cell):
    """A cell without end, another system's line break, a line longer than any buffer."""
    text = f"{HEADER}\n{cell},1,2,3,4\n2026-03-02T08:00:00Z,id-1,kim,50126,wrong,\n"
    assert codes(scan_stream(recogniser, io.BytesIO(text.encode()), block=1 << 14)) == ["AADSTS50126"]
    assert recogniser.scan(text[:400_000] if len(cell) > 400_000 else text) is not None
