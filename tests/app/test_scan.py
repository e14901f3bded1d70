"""A scan gives each occurrence one sentence from the book, and looks up only what it found."""

import io
import json

import pytest

from faultbook.app import Faultbook

LINE = b"2026-03-04 05:06:07 ERROR AADSTS%d: It failed. Trace ID: 11111111-aaaa-4bbb-8ccc-2222222222%02d\n"


def test_each_code_is_looked_up_once_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Faultbook()
    summary = book.book.entry("AADSTS50126").summary
    asked: list[str] = []
    told = book.book.gist
    monkeypatch.setattr(book.book, "gist", lambda code: asked.append(code) or told(code))
    stream = io.BytesIO(b"".join(LINE % (code, number) for number in range(20) for code in (50126, 900439, 9999999)))
    rows = list(book.scan(stream))
    assert len(rows) == 60
    assert sorted(asked) == ["AADSTS50126", "AADSTS900439", "AADSTS9999999"]
    assert {row["code"]: row["summary"] for row in rows} == {
        "AADSTS50126": summary,
        "AADSTS900439": told("AADSTS900439"),
        "AADSTS9999999": "",
    }
    assert json.dumps(rows)
