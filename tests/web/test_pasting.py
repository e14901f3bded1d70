"""The one box, without JavaScript: a code, an error of any form, or words."""

import pytest

LOCKED = "AADSTS50053: The account is locked. Correlation ID: 7d1e2b3c-1111-4222-8333-944455556666"


@pytest.mark.parametrize("words", ["AADSTS120021", "120021", " aadsts 120021 ", "aadsts_120021"])
def test_a_code_leads_to_its_page(client, words):
    for answer in (client.get("/search", params={"q": words}), client.post("/paste", data={"text": words})):
        assert (answer.status_code, answer.headers["location"]) == (303, "/e/AADSTS120021")
        assert answer.headers["cache-control"] == "no-store"


def test_words_find_entries(client):
    for answer in (
        client.get("/search", params={"q": "password writeback"}),
        client.post("/paste", data={"text": "password writeback"}),
    ):
        assert answer.status_code == 200
        assert 'href="/e/' in answer.text
        assert "noindex" in answer.text


def test_words_that_find_nothing_say_so(client):
    answer = client.get("/search", params={"q": "zzzzqqqq xxxxwwww"})
    assert answer.status_code == 200
    assert 'href="/e/' not in answer.text


def test_no_words_are_asked_for(client):
    assert client.get("/search").status_code == 200
    empty = client.post("/paste", data={"text": "  "})
    assert (empty.status_code, "nothing in the box" in empty.text) == (400, True)
    assert client.post("/paste", data={}).status_code == 400


def test_an_error_is_told_apart_with_its_ids(client):
    for answer in (client.post("/paste", data={"text": LOCKED}), client.get("/search", params={"q": LOCKED})):
        assert answer.status_code == 200
        assert "AADSTS50053" in answer.text
        assert "7d1e2b3c-1111-4222-8333-944455556666" in answer.text
        assert 'href="/e/AADSTS50053"' in answer.text


def test_a_chain_is_shown_from_the_outside_in(client):
    text = '{"error":{"code":"DM_GWPipeline_Gateway_MashupDataAccessError","pbi.error":{"code":"DM_GWPipeline_Gateway_DataSourceAccessError","details":[{"detail":{"value":"AADSTS50053: locked"}}]}}}'
    answer = client.post("/paste", data={"text": text})
    assert answer.text.index("DM_GWPipeline_Gateway_MashupDataAccessError") < answer.text.rindex("AADSTS50053")


@pytest.mark.parametrize("encoded", ["multipart", "urlencoded"])
def test_a_form_of_either_kind_is_read(client, encoded):
    given = {"files": {"text": (None, LOCKED)}} if encoded == "multipart" else {"data": {"text": LOCKED}}
    assert "AADSTS50053" in client.post("/paste", **given).text


def test_what_cannot_be_taken_is_told(client):
    assert client.get("/search", params={"q": "x" * 301}).status_code == 414
    assert client.post("/paste", data={"text": "x " * 130_000}).status_code == 413
    assert client.post("/paste", files={"text": ("a.txt", b"AADSTS50053")}).status_code == 415
    assert (
        client.post("/paste", content=b"\xff\xfe", headers={"content-type": "multipart/form-data"}).status_code == 400
    )
    assert client.get("/paste").status_code == 405


@pytest.mark.parametrize(
    "text", ["\x00\x01\x02", "\ud83d", "é" * 500, "AADSTS50053\r\n" * 300, "%00%ff", "\\u0000", "{" * 2000]
)
def test_no_text_breaks_it(client, text):
    body = "text=" + "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
    answer = client.post("/paste", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code in {200, 303}
