"""The book's pages: the bytes of the site, with tags and caching that no stranger can bend."""

import gzip

import pytest

from faultbook.web.deliver import matches, takes_gzip

CODE = "/e/AADSTS120021"


def test_a_page_is_the_bytes_that_were_made_with_the_book(client, book):
    answer = client.get(CODE)
    assert answer.status_code == 200
    assert answer.content == book.site.get(CODE).body
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_every_page_of_the_site_is_served(client, book):
    some = [path for path in book.site.paths() if path not in {"/search", "/diagnose", "/api"}][::97]
    assert len(some) > 20
    for path in some:
        page = book.site.get(path)
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (page.status, page.body), path


def test_a_reader_who_takes_gzip_gets_the_same_page_packed(client):
    plain = client.get(CODE, headers={"accept-encoding": "identity"})
    packed = client.get(CODE, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.content == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_page_that_the_reader_has_is_not_sent_again(client, encoding):
    first = client.get(CODE, headers={"accept-encoding": encoding})
    again = client.get(CODE, headers={"accept-encoding": encoding, "if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == first.headers["cache-control"]
    other = client.get(CODE, headers={"accept-encoding": encoding, "if-none-match": '"another"'})
    assert other.status_code == 200


def test_head_tells_what_get_would(client):
    get, head = client.get(CODE), client.head(CODE)
    assert head.status_code == 200
    assert head.content == b""
    assert {name: value for name, value in head.headers.items() if name != "date"} == dict(get.headers)


def test_a_code_spelt_otherwise_leads_to_its_page(client):
    for spelling in ("aadsts120021", "120021", "AADSTS%20120021", "AADSTS120021/"):
        answer = client.get(f"/e/{spelling}")
        assert (answer.status_code, answer.headers.get("location")) == (301, CODE), spelling


def test_what_is_not_there_says_so_in_a_page(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is no such page" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_code_that_nobody_published_gets_an_honest_page(client):
    answer = client.get("/e/AADSTS99999999")
    assert answer.status_code == 404
    assert "AADSTS99999999" in answer.text


def test_what_a_page_cannot_do_is_told(client):
    answer = client.post(CODE)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert "POST is not possible here" in answer.text


@pytest.mark.parametrize("path", [CODE, "/nowhere", "/livez", "/search?q=x", "/api/v1/nothing"])
def test_every_answer_tells_browsers_what_not_to_do(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "strict-transport-security" not in headers
    assert "server" not in headers


def test_over_https_browsers_are_told_to_stay_there(service):
    client = service(serve_base_url="https://faultbook.contoso.example").client(
        base="https://faultbook.contoso.example"
    )
    assert client.get("/").headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        (b"gzip", True),
        (b"gzip, deflate, br, zstd", True),
        (b"br;q=1.0, gzip;q=0.8", True),
        (b"GZIP", True),
        (b"x-gzip", True),
        (b"*", True),
        (b"*;q=0", False),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000", False),
        (b"gzip;q=0, *", False),
        (b"br", False),
        (b"", False),
        (b"identity", False),
        (b"notgzip", False),
    ],
)
def test_accept_encoding_is_read_as_the_standard_says(accepted, taken):
    assert takes_gzip(accepted) is taken


@pytest.mark.parametrize(
    ("known", "same"),
    [(b'"a"', True), (b'W/"a"', True), (b'"b", "a"', True), (b"*", True), (b'"b"', False), (b"a", False), (b"", False)],
)
def test_if_none_match_is_compared_weakly(known, same):
    assert matches(known, b'"a"') is same


def test_the_packed_page_unpacks_to_the_page(book):
    page = book.site.get(CODE)
    assert gzip.decompress(page.gzip) == page.body
