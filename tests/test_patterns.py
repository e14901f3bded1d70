"""Expressions that are compiled at their first use."""

import re

import pytest

from faultbook.patterns import later


def test_nothing_is_compiled_before_it_is_used(monkeypatch):
    compiled = []
    real = re.compile
    monkeypatch.setattr(re, "compile", lambda *given: compiled.append(given) or real(*given))
    word = later(r"w(o)rd", re.IGNORECASE)
    assert compiled == []
    assert word.search("a WORD")[1] == "O"
    assert [found[0] for found in word.finditer("word WORD")] == ["word", "WORD"]
    assert word.sub("-", "a word") == "a -"
    assert compiled == [(r"w(o)rd", re.IGNORECASE)]


def test_it_answers_as_a_compiled_expression_does():
    one, other = later(r"(?P<digits>\d+)", re.ASCII), re.compile(r"(?P<digits>\d+)", re.ASCII)
    assert (one.pattern, one.flags, one.groups, one.groupindex) == (
        other.pattern,
        other.flags,
        other.groups,
        other.groupindex,
    )
    for method in ("search", "match", "fullmatch"):
        assert getattr(one, method)("12")["digits"] == getattr(other, method)("12")["digits"]
    with pytest.raises(AttributeError):
        one.searched("12")
