"""The API: the command line's objects over HTTP, one shape for every failure, and a description that is true."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import openapi_spec_validator
import pytest

from web.conftest import serving

ROOT = Path(__file__).parents[2]
API = "/api/v1"
TEXT = (
    "AADSTS50053: The account is locked. Trace ID: 7d1e2b3c-1111-4222-8333-944455556666 Timestamp: 2026-03-02 08:14:03Z"
)
EVIDENCE = ROOT / "examples/password-change/evidence"
ERROR = (ROOT / "examples/password-change/error.txt").read_text()
CONFIG = Path(__file__).with_name("schemathesis.toml")
LONG = os.environ.get("FAULTBOOK_FUZZ") == "long"


def command(*arguments, stdin=""):
    """What the command line prints."""
    done = subprocess.run(
        [sys.executable, "-m", "faultbook", *arguments],
        input=stdin,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        timeout=120,
    )
    return done.stdout


@pytest.mark.parametrize("code", ["AADSTS120021", "120021", "AADSTS50000", "dbt:Compilation Error"])
def test_a_code_is_the_object_of_show(client, code):
    assert client.get(f"{API}/codes/{code}").json() == json.loads(command("show", code, "--json"))


def test_an_entry_is_the_object_of_show(client):
    assert client.get(f"{API}/entries/120021").json() == json.loads(command("show", "120021", "--json"))


@pytest.mark.parametrize("words", ["password writeback", "pasword", "AADSTS1200"])
def test_a_search_is_the_object_of_search(client, words):
    answer = client.get(f"{API}/search", params={"q": words, "limit": 5}).json()
    assert answer == json.loads(command("search", "--limit", "5", "--json", *words.split()))


def test_permissions_are_the_object_of_permissions(client):
    answer = client.get(f"{API}/permissions/AADSTS120021").json()
    assert answer == json.loads(command("permissions", "AADSTS120021", "--json"))


@pytest.mark.parametrize("text", [TEXT, ERROR, "2026-01-01 ok\n" * 50 + TEXT + "\n", "nothing here"])
def test_occurrences_are_the_objects_of_scan(client, text):
    answer = client.post(f"{API}/scan", json={"text": text}).json()
    assert answer["occurrences"] == [
        json.loads(line) for line in command("scan", "-", "--json", stdin=text).splitlines()
    ]


def files():
    """The example's evidence as a browser would send it."""
    return [("evidence", (path.name, path.read_bytes())) for path in sorted(EVIDENCE.iterdir())]


def paths():
    """The same for the command line."""
    return [part for path in sorted(EVIDENCE.iterdir()) for part in ("--evidence", str(path))]


def test_a_diagnosis_is_the_object_of_diagnose(client):
    answer = client.post(f"{API}/diagnose", data={"text": ERROR}, files=files())
    assert answer.status_code == 200
    assert answer.json() == json.loads(command("diagnose", "-", *paths(), "--json", stdin=ERROR))


def test_a_diagnosis_without_evidence_is_the_object_of_diagnose(client):
    answer = client.post(
        f"{API}/diagnose", json={"text": TEXT, "user": "kim@contoso.example", "at": "2026-03-02T08:14:03Z"}
    )
    printed = command(
        "diagnose", "-", "--user", "kim@contoso.example", "--at", "2026-03-02T08:14:03Z", "--json", stdin=TEXT
    )
    assert answer.json() == json.loads(printed)


def test_evidence_is_the_object_of_evidence_check(client):
    answer = client.post(f"{API}/evidence", files=files()).json()
    assert answer == json.loads(command("evidence", "check", *paths()[1::2], "--json"))


def test_a_list_leads_through_all_of_it_page_by_page(client):
    seen, after = [], ""
    while after is not None:
        page = client.get(f"{API}/entries", params={"limit": 30, "after": after}).json()
        seen += [one["code"] for one in page["entries"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == page["total"] > 60
    some = client.get(f"{API}/entries", params={"product": "power-bi", "severity": "high"}).json()
    assert {(one["product"], one["severity"]) for one in some["entries"]} == {("power-bi", "high")}


def test_codes_are_listed_by_family(client):
    page = client.get(f"{API}/codes", params={"family": "dbt", "limit": 3}).json()
    assert {one["family"] for one in page["codes"]} == {"dbt"}
    following = client.get(f"{API}/codes", params={"family": "dbt", "limit": 3, "after": page["next"]}).json()
    assert not {one["code"] for one in page["codes"]} & {one["code"] for one in following["codes"]}


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "said"),
    [
        ("GET", "/nothing", {}, 404, "no such address"),
        ("GET", "/entries/{bare}", {}, 404, "no entry for"),
        ("GET", "/codes/AADSTS99999999", {}, 404, "AADSTS99999999"),
        ("GET", "/entries?limit=0", {}, 400, "limit"),
        ("GET", "/entries?limit=two", {}, 400, "limit"),
        ("GET", "/entries?product=nonsense", {}, 422, "nonsense"),
        ("GET", "/entries?after=nonsense", {}, 422, "nonsense"),
        ("GET", "/search", {}, 400, "q"),
        ("GET", "/search?q=a&q=b", {}, 400, "twice"),
        ("GET", "/search?q=a&z=b", {}, 400, "no parameter z"),
        ("POST", "/about", {}, 405, "POST"),
        ("DELETE", "/entries/AADSTS120021", {}, 405, "DELETE"),
        ("POST", "/recognise", {"content": b"{"}, 415, "no declared type"),
        ("POST", "/recognise", {"content": b"{", "headers": {"content-type": "application/json"}}, 400, "not JSON"),
        ("POST", "/recognise", {"content": b"[" * 100_000, "headers": {"content-type": "application/json"}}, 400, "got `array`"),
        ("POST", "/recognise", {"json": {"text": 1}}, 400, "text"),
        ("POST", "/recognise", {"json": {"text": ""}}, 400, "text"),
        ("POST", "/recognise", {"json": {"text": "x" * 300_000}}, 413, "256,000"),
        ("POST", "/diagnose", {"json": {"text": "hello"}}, 422, "No known error"),
        ("POST", "/diagnose", {"json": {"text": "x", "at": "yesterday"}}, 400, "at"),
        ("POST", "/diagnose", {"data": {"text": "x"}, "files": [("other", b"x")]}, 400, "evidence"),
        ("POST", "/evidence", {"files": [("evidence", b"x")] * 51}, 400, "Maximum number of files is 50"),
    ],
)  # fmt: skip
def test_every_failure_has_one_shape(client, book, method, path, more, status, said):
    bare = next(one.code for one in book.book.known() if book.book.entry(one.code) is None)
    answer = client.request(method, f"{API}{path}".replace("{bare}", bare), **more)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert problem["status"] == status
    assert said in " ".join(str(value) for value in problem.values())
    assert problem["request"] == answer.headers["x-request-id"]


def test_the_book_may_be_kept_and_asked_for_again(client):
    first = client.get(f"{API}/codes/AADSTS120021")
    assert first.headers["cache-control"] == "public, max-age=300"
    again = client.get(f"{API}/codes/AADSTS120021", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.post(f"{API}/recognise", json={"text": TEXT}).headers["cache-control"] == "no-store"


def test_head_is_answered_as_get_is(client):
    assert client.head(f"{API}/about").headers["etag"] == client.get(f"{API}/about").headers["etag"]


def test_the_description_is_openapi(client):
    document = client.get(f"{API}/openapi.json").json()
    openapi_spec_validator.validate(document)
    assert document["openapi"] == "3.1.0"
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len({one["operationId"] for one in operations}) == len(operations) == 15


def test_the_page_for_people_names_every_operation(client):
    page = client.get("/api").text
    for path in client.get(f"{API}/openapi.json").json()["paths"]:
        assert path in page


def fuzzed(url, folder, examples, *more):
    """The report of schemathesis about an API at an address."""
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", f"{url}{API}/openapi.json", "--max-examples", str(examples), *more],
        check=False, capture_output=True, text=True, timeout=3000, cwd=folder,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_what_a_fuzzer_sends_is_answered_as_described(tmp_path):
    with serving(limits_requests_per_minute=1_000_000, limits_work_per_minute=100_000) as running:
        code, report = fuzzed(running.url, tmp_path, *(("400",) if LONG else ("8", "--seed", "1")))
        assert running.get("/livez").status_code == 200
    assert code == 0, report
    assert "15 selected / 15 total" in report
    assert int(re.search(r"(\d+) generated", report)[1]) > 200


@pytest.mark.slow
def test_the_fuzzer_finds_what_is_not_as_described(tmp_path):
    """The check above can fail: a description that promises another type of answer is caught."""
    with serving(limits_requests_per_minute=1_000_000) as running:
        document = running.get(f"{API}/openapi.json").json()
        document["servers"] = [{"url": running.url}]
        document["paths"] = {f"{API}/about": document["paths"][f"{API}/about"]}
        document["components"]["schemas"]["AboutBook"]["properties"]["codes"] = {"type": "string"}
        false = tmp_path / "openapi.json"
        false.write_text(json.dumps(document))
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", str(false), "--url", running.url, "--max-examples", "2"], check=False, capture_output=True, cwd=tmp_path, text=True
        )  # fmt: skip
    assert done.returncode == 1
    assert "Response violates schema" in done.stdout
