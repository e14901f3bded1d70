"""Whatever is thrown at it: no crash, offsets inside the text, cost in proportion to the length, no terminal escapes in what comes out."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faultbook.recognise import annotate
from faultbook.recognise.unwrap import unwrap

PIECES = [
    *(
        "AADSTS50076: More is needed. ",
        "AADSTS",
        "50076",
        "\\",
        "\\\\r\\\\n",
        "&amp;quot;",
        "%25",
        "%0d%0a",
        "+Trace+ID",
        "[A_B] ",
        "A_B: X y ",
        "SQLSTATE: 42000",
    ),
    *(
        "ErrorCode=SqlOperationFailed,'Type=",
        '"errorCode": 50126',
        '"code":"',
        "Correlation ID: ",
        "33333333-dddd-4eee-9fff-444444444444",
        "2026-03-04 05:06:07Z",
    ),
    *(
        "\n| ",
        "\n> ",
        "web-1    | ",
        "\x1b[31m",
        "\x1b]0;t\x07",
        "Event ID: 33004",
        "PasswordResetService",
        "Database Error in model a",
        "123456 (12345): ",
        "\u200b",
        "\u201c",
        "\ud800",
    ),
    *(
        "{",
        "}",
        '"',
        "'",
        "\n",
        " ",
        "\x00",
        "dbt1005: ",
        "DM_GWPipeline_X ",
        "0x80230619",
        "hr=80230619",
        "Sign-in error code,",
        "pbi.error",
    ),
]
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=24).map("".join)


@settings(deadline=None, max_examples=300)
@given(texts)
def test_no_text_breaks_it_and_offsets_stay_inside(recogniser, text):
    found = recogniser.scan(text)
    for one in found.occurrences:
        assert 0 <= one.span[0] <= one.span[1] <= len(text)
        assert one.code in one.chain
    assert found.codes == tuple(dict.fromkeys(one.code for one in found.occurrences))
    assert (found.primary is None) == (not found.codes)
    assert not set(found.codes) & set(found.mentions)
    assert "\x1b" not in "".join(one.text for one in found.occurrences)


@settings(deadline=None, max_examples=300)
@given(texts)
def test_every_plain_character_has_a_place_in_the_original(text):
    plain = unwrap(text)
    places = [plain.at(at) for at in range(len(plain.text) + 1)]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)
    assert "\x1b" not in plain.text


@settings(deadline=None, max_examples=60)
@given(texts, st.integers(1, 3))
def test_json_in_json_says_the_same(recogniser, text, depth):
    text = f"AADSTS50076: More is needed. {text.encode('utf-8', 'replace').decode()}"
    wrapped = text
    for _ in range(depth):
        wrapped = json.dumps({"message": wrapped})
    assert "AADSTS50076" in recogniser.scan(wrapped).codes


ADVERSARIES = [
    *(
        "\\",
        "&amp;",
        "%25",
        "+a",
        "[A_",
        "A_B: ",
        "AADSTS",
        "AADSTS50076 ",
        "DM_GW_",
        "DF-a-",
        "11111111-",
        "2026-03-04 05:06:07 ",
        "\n| ",
        "| a |\n",
        "code: '",
    ),
    *(
        "[SQL Server] (",
        "BAIL: : ",
        "PasswordResetService\n",
        '"failureType" ',
        "error code: 50011\n",
        "] SQLSTATE",
        "Database Error\n",
        "123456 (",
        "Aa",
        "\x1b[1;",
    ),
    *(
        "request failed. ",
        "Sign-in error code,",
        "error_codes: [",
        '"message" "failureType" ',
        "HDBODBC]",
        "Event ID: 4724\n",
        "if '",
        "DeltaErrorsa",
    ),
]


@pytest.mark.parametrize("piece", ADVERSARIES)
def test_cost_grows_in_proportion_to_the_length(recogniser, piece):
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        best = 9.0
        for _ in range(5):
            start = time.thread_time()
            recogniser.scan(text)
            best = min(best, time.thread_time() - start)
        return best

    small, large = seconds(4_000), seconds(32_000)
    assert large < max(small * 32, 0.1), f"8 times the text took {large / small:.0f} times as long"


def test_annotated_lines_come_back_in_order_and_none_is_lost(recogniser):
    lines = [
        '{"id": 1, "text": "AADSTS50076: More is needed."}',
        "not json",
        '{"id": 3}',
        "[]",
        b'{"id": "\xff"}',
        b'{"id": 6, "text": "fine"}',
        "",
    ]
    found = list(annotate(recogniser, lines, "text"))
    assert [(one["id"], "error" in one) for one in found] == [
        (1, False),
        (None, True),
        (3, True),
        (None, True),
        (None, True),
        (6, False),
    ]
    assert found[0]["primary"] == "AADSTS50076"
    assert found[0]["codes"] == ["AADSTS50076"]
    assert set(found[0]) == {
        "id",
        "codes",
        "primary",
        "correlation_id",
        "trace_id",
        "timestamp",
        "candidates",
        "guessed_by",
        "mentions",
        "occurrences",
    }
    assert "Line 2" in found[1]["error"]
    json.dumps(found)
