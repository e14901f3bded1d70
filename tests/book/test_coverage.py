"""The list of the most met codes is a list of full entries, and says of each why it is there."""

import re
from pathlib import Path

from faultbook.book.files import read_entries

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (AADSTS\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs" / "coverage.md").read_text(encoding="utf-8"))
SIGN = re.compile(r"family|Power BI|neighbour|\d+ lists|\d+ threads")


def test_a_hundred_codes_are_listed_once_each():
    codes = [code for code, *_ in ROWS]
    assert len(codes) >= 100
    assert len(set(codes)) == len(codes)


def test_each_listed_code_has_a_full_entry():
    entries, _ = read_entries(ROOT / "book" / "entries")
    full = {entry.code for entry in entries if entry.depth == "full"}
    assert {code for code, *_ in ROWS} <= full


def test_each_listed_code_says_why():
    assert [code for code, _, why in ROWS if not all(SIGN.fullmatch(sign) for sign in why.split(", "))] == []
