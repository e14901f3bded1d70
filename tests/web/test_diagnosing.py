"""Diagnosis in the browser, as HTTP: from the form to the deletion, and what strangers try on the way."""

import datetime as dt
import io
import json
import re
import zipfile

import pytest

from faultbook.app import Faultbook
from tests_root import EXAMPLE

ERROR = (EXAMPLE / "error.txt").read_text()
BEFORE = sorted((EXAMPLE / "evidence").iterdir())
MENDED = sorted((EXAMPLE / "mended").iterdir())
INJECTED = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def parts(paths):
    """Files as a form sends them."""
    return [("evidence", (path.name, path.read_bytes())) for path in paths]


def give(client, text=ERROR, files=(), **fields):
    """Send the form, and answer where it leads."""
    return client.post("/diagnose", data={"text": text, **fields}, files=list(files) or {"evidence": ("", b"")})


def done(client, answer, tries=100):
    """The page behind a form, once it is there."""
    import time

    assert answer.status_code == 303, answer.text
    for _ in range(tries):
        page = client.get(answer.headers["location"])
        if "data-watch" not in page.text:
            return page
        time.sleep(0.2)
    raise AssertionError("it never ended")


@pytest.fixture
def client(shared):
    """Somebody on this machine."""
    return shared.client()


@pytest.fixture
def made(client):
    """A diagnosis of the example: the client, its address, and its page."""
    answer = give(client, files=parts(BEFORE))
    return client, answer.headers["location"], done(client, answer)


def test_from_the_form_to_the_cause(made):
    """The five lines first, the cause with its evidence, what each file was, and nothing for caches or search engines."""
    _, address, page = made
    assert re.fullmatch(r"/d/[A-Za-z0-9_-]{32}", address)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-robots-tag"] == "noindex"
    text = page.text
    assert text.index("<dt>What</dt>") < text.index('id="causes"') < text.index('id="do"') < text.index('id="facts"')
    assert '<span class="badge established">established</span>' in text
    assert (
        "The connector account may not set this user&#39;s password" in text
        or "may not set this user&#x27;s password" in text
    )
    assert 'class="timeline"' in text
    assert 'class="contrast"' in text
    assert all(path.name in text for path in BEFORE)
    assert "Kept until" in text


def test_the_downloads_are_what_the_command_line_writes(made, book):
    """The same JSON, the same Markdown, one page, and a case that names nobody."""
    client, address, _ = made
    told = client.get(f"{address}/diagnosis.json")
    found = Faultbook().diagnose(ERROR, [EXAMPLE / "evidence"])
    here, there = json.loads(told.content), json.loads(__import__("msgspec").json.encode(found.diagnosis))
    for one in (here, there):  # the names under which the files were handed in
        for fact in one["evidence"]:
            fact["source"] = fact["source"].rpartition("/")[2]
    assert here["verdict"] == there["verdict"] == "established"
    assert [(one["cause"], one["share"], one["word"]) for one in here["ranked"]] == [
        (one["cause"], one["share"], one["word"]) for one in there["ranked"]
    ]
    assert set(here) == set(there)
    assert told.headers["content-disposition"].startswith("attachment")
    assert client.get(f"{address}/diagnosis.md").text.startswith("# AADSTS120021")
    assert client.get(f"{address}/report.html").headers["content-disposition"].startswith("attachment")
    case = zipfile.ZipFile(io.BytesIO(client.get(f"{address}/case.zip").content))
    assert "summary.md" in case.namelist()
    assert not any(b"kim" in case.read(name).lower() for name in case.namelist() if not name.endswith(".zip"))
    assert client.get(f"{address}/about.json").status_code == 404


def test_what_is_kept_is_the_least(service, tmp_path):
    """No uploaded file, no pasted text, no fact that names somebody outside of the diagnosis itself; and nothing elsewhere on disk."""
    one = service(store_folder=tmp_path)
    client = one.client()
    secret = "password=Hunter2hunter2"
    done(client, give(client, text=f"{ERROR}\n{secret} eve@contoso.example wrote this", files=parts(BEFORE)))
    kept = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert set(kept) == {"about.json", "diagnosis.json", "files.json", "case.zip"}
    assert not any(b"Hunter2" in data for data in kept.values())
    assert b"eve@contoso.example" not in kept["diagnosis.json"]
    assert list(one.state.jobs.folder.iterdir()) == []


def test_verify_later(made):
    """The same files are unchanged, healed ones verified; the diagnosis says so from then on."""
    client, address, _ = made
    again = client.post(f"{address}/verify", files=parts(BEFORE))
    assert "it is as it was" in done(client, again).text.lower()
    healed = client.post(f"{address}/verify", data={"since": "2026-03-02T12:00"}, files=parts(MENDED))
    assert healed.headers["location"] == f"{address}/verified"
    page = done(client, healed).text
    assert '<span class="verified">Verified</span>' in page
    assert "Does the connector account lack a right" in page
    assert "What became of each question" in client.get(address).text


def test_verify_wants_files(made):
    """A clear refusal."""
    client, address, _ = made
    answer = client.post(f"{address}/verify", data={"since": ""}, files={"evidence": ("", b"")})
    assert answer.status_code == 400
    assert "No file was sent" in answer.text


def test_delete_now(made):
    """It is gone at once, and its address says so."""
    client, address, _ = made
    assert "It is deleted" in client.post(f"{address}/delete").text
    for path in (address, f"{address}/case.zip", f"{address}/verified"):
        assert client.get(path).status_code == 410
    assert client.post(f"{address}/delete").status_code == 410


def test_expired_is_410_and_guessed_404(service):
    """An old link can be told from a wrong one."""
    one = service(store_hours=1)
    client = one.client()
    address = give(client).headers["location"]
    done(client, client.post("/diagnose", data={"text": "AADSTS120021"}, files={"evidence": ("", b"")}))
    now = one.state.clock
    one.state.jobs._clock = lambda: now() + dt.timedelta(hours=1, seconds=1)
    answer = client.get(address)
    assert answer.status_code == 410
    assert "1 hours" in answer.text or "1 hour" in answer.text
    assert one.state.jobs.store.sweep(one.state.jobs._clock()) >= 1
    assert client.get(address).status_code == 410
    for guess in ("A" * 32, "x", "..%2F..%2Fetc", "A" * 5000, "%00"):
        assert client.get(f"/d/{guess}").status_code == 404


def test_without_evidence_it_names_what_would_tell_most(client):
    """No file, one code: the book's shares and the next check."""
    page = done(client, give(client, text="AADSTS120021")).text
    assert "No evidence yet" in page
    assert 'id="next"' in page


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"text": ""}, 400, "There is no text"),
        ({"text": "AADSTS120021", "at": "yesterday"}, 400, "is no time"),
        ({"text": "x" * 256_001}, 413, "larger than"),
    ],
)
def test_what_cannot_be_used_is_said(client, fields, status, words):
    """Before anything is begun."""
    answer = client.post("/diagnose", data=fields, files={"evidence": ("", b"")})
    assert (answer.status_code, words in answer.text) == (status, True)


def test_a_text_without_an_error_is_told_where_it_leads(client):
    """The work fails, and whoever watches learns why."""
    page = done(client, give(client, text="nothing known stands here"))
    assert page.status_code == 422
    assert "No known error was recognised" in page.text


def test_html_in_text_names_and_logs_is_text(client):
    """Whatever a stranger writes is shown, never run."""
    log = (
        (EXAMPLE / "evidence/application.xml")
        .read_bytes()
        .replace(b"Access is denied.", INJECTED.replace("<", "&lt;").encode())
    )
    files = [("evidence", (f"{INJECTED}.xml", log)), *parts([path for path in BEFORE if path.suffix != ".xml"])]
    page = done(client, give(client, text=f"{ERROR}{INJECTED}", files=files)).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_names_that_lead_elsewhere_lead_nowhere(service, tmp_path):
    """Only the last part of a name is kept, and only as a name."""
    one = service(store_folder=tmp_path / "kept")
    client = one.client()
    names = [
        "../../../../etc/cron.d/x.json",
        "..\\..\\x.json",
        "/etc/passwd",
        ".",
        "..",
        "a" * 300 + ".json",
        "\u202egpj.exe",
        "CON:1",
    ]
    files = [("evidence", (name, b'{"value": []}')) for name in names]
    page = done(client, give(client, text="AADSTS120021", files=files))
    assert page.status_code == 200
    assert "../" not in page.text.replace("../../static", "")
    assert "\u202e" not in page.text
    assert list(one.state.jobs.folder.iterdir()) == []


def test_a_zip_bomb_is_refused_and_said(service):
    """It never unpacks, and the rest is read."""
    one = service(limits_unpacked_bytes=2_000_000)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big.json", b"0" * 60_000_000)
    client = one.client()
    files = [("evidence", ("bomb.zip", bomb.getvalue())), *parts(BEFORE)]
    page = done(client, give(client, files=files))
    assert "on unpacking" in page.text or "unpack to more than" in page.text
    assert '<span class="badge established">' in page.text


def test_an_enormous_upload_is_refused_while_it_comes(service):
    """What is over the limit is not stored, and says so."""
    one = service(limits_upload_bytes=100_000)
    client = one.client()
    answer = give(client, files=[("evidence", ("big.bin", b"x" * 200_000))])
    assert answer.status_code == 413
    assert "larger than 100,000 bytes" in answer.text
    assert [path.name for path in one.state.jobs.folder.iterdir()] == ["kept"]


def test_too_many_files_are_refused(service):
    """The form's own limit."""
    client = service(limits_upload_files=3).client()
    answer = give(client, files=[("evidence", (f"{number}.txt", b"x")) for number in range(5)])
    assert answer.status_code == 400


def test_a_full_store_says_so(service):
    """Nobody's diagnosis is thrown away for another's."""
    client = service(store_count=1).client()
    first = give(client, text="AADSTS120021")
    assert done(client, first).status_code == 200
    full = give(client, text="AADSTS120021")
    assert full.status_code == 507
    assert "Delete one" in full.text
    assert client.get(first.headers["location"]).status_code == 200


def test_another_site_cannot_send_the_form(made):
    """The browser says where a request comes from."""
    client, address, _ = made
    for path in ("/diagnose", f"{address}/delete", f"{address}/verify"):
        answer = client.post(path, headers={"origin": "https://evil.example"}, data={"text": "AADSTS120021"})
        assert answer.status_code == 403
    assert client.get(address).status_code == 200


def proxied(service, **more):
    """People signed in by a proxy."""
    return service(auth_mode="proxy", serve_trusted_proxies="127.0.0.1", auth_readers="*", auth_actors="admins", **more)


def test_a_diagnosis_is_its_owners_where_people_sign_in(service):
    """Another reader gets what a wrong address gets; whoever acts for all may see it."""
    one = proxied(service)
    client = one.client()
    kim = {"x-forwarded-user": "kim"}
    lee = {"x-forwarded-user": "lee"}
    boss = {"x-forwarded-user": "ann", "x-forwarded-groups": "admins"}
    answer = client.post("/diagnose", data={"text": "AADSTS120021"}, files={"evidence": ("", b"")}, headers=kim)
    address = answer.headers["location"]
    for _ in range(50):
        if "data-watch" not in client.get(address, headers=kim).text:
            break
    assert client.get(address, headers=kim).status_code == 200
    for path in ("", "/case.zip", "/verified"):
        assert client.get(address + path, headers=lee).status_code == 404
    assert client.post(f"{address}/delete", headers=lee).status_code == 404
    assert client.post(f"{address}/verify", headers=lee, files=parts(MENDED)).status_code == 404
    assert client.get(address, headers=boss).status_code == 200
    assert client.get(address).status_code == 401
    assert client.post(f"{address}/delete", headers=kim).status_code == 200


def test_one_person_keeps_so_many(service):
    """And others are not hindered."""
    client = proxied(service, store_each=1).client()

    def send(name):
        whom = {"x-forwarded-user": name}
        return client.post("/diagnose", data={"text": "AADSTS120021"}, files={"evidence": ("", b"")}, headers=whom)

    address = send("kim").headers["location"]
    for _ in range(50):
        if "data-watch" not in client.get(address, headers={"x-forwarded-user": "kim"}).text:
            break
    assert send("kim").status_code == 507
    assert send("lee").status_code == 303


def test_the_log_holds_no_name_and_no_word_of_it(shared, client):
    """Neither the address, which is a key, nor what was given."""
    answer = give(client, files=parts(BEFORE))
    done(client, answer)
    client.get(f"{answer.headers['location']}/case.zip")
    written = shared.written.getvalue()
    assert answer.headers["location"].rpartition("/")[2] not in written
    assert "kim" not in written.lower()
    assert "/d/{name}" in written


def test_progress_is_told(client):
    """As words, to whoever may see the result."""
    address = give(client, text="AADSTS120021").headers["location"]
    told = client.get(f"{address}/progress").json()
    assert told["schema"] == "faultbook/progress-1"
    assert told["state"] in {"working", "done"}


def test_one_that_takes_too_long_is_stopped_and_cleared_away(service):
    """Whoever watches learns why, and others go on."""
    one = service(limits_work_seconds=0.05)
    client = one.client()
    page = done(client, give(client, files=parts(BEFORE)))
    assert page.status_code == 504
    assert "took longer than" in page.text
    assert [path.name for path in one.state.jobs.folder.iterdir()] == ["kept"]


def test_a_service_that_stops_leaves_nothing(book):
    """What is under way is given up; its files go with the service."""
    from faultbook.settings import load
    from web.conftest import Service

    one = Service(load({}).settings, book)
    client = one.client()
    folder = one.state.jobs.folder
    give(client, files=parts(BEFORE))
    assert folder.is_dir()
    one.close()
    assert not folder.exists()


def test_what_a_killed_service_left_is_cleared_away(book, tmp_path, monkeypatch):
    """Of a process that is gone, and of nobody who still runs."""
    import tempfile

    from faultbook.web.jobs import _private_folder

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, alive, other = (tmp_path / f"faultbook-serve-{name}" for name in ("999999999-x", "1-x", "x"))
    for folder in (left, alive, other):
        (folder / "job-1").mkdir(parents=True)
    made = _private_folder()
    assert not left.exists()
    assert alive.exists()
    assert other.exists()
    made.cleanup()


API = "/api/v1/diagnoses"


def test_the_api_keeps_a_diagnosis_too(client):
    """Begin, look, take the case, delete; the object is that of the command line."""
    first = client.post(API, data={"text": ERROR}, files=parts(BEFORE))
    assert first.status_code in {200, 202}
    where = first.headers["location"]
    for _ in range(100):
        told = client.get(where)
        if told.status_code == 200:
            break
        assert told.status_code == 202
        assert told.json()["state"] == "working"
    assert told.json()["schema"] == "faultbook/diagnosis-1"
    assert told.json()["verdict"] == "established"
    case = client.get(f"{where}/case")
    assert case.headers["content-type"] == "application/zip"
    assert zipfile.ZipFile(io.BytesIO(case.content)).testzip() is None
    assert client.get(f"/d/{where.rpartition('/')[2]}").status_code == 200
    assert client.delete(where).status_code == 204
    gone = client.get(where)
    assert (gone.status_code, gone.headers["content-type"]) == (410, "application/problem+json")
    assert client.delete(where).status_code == 410


def test_the_api_says_what_is_wrong(client):
    """In the one shape."""
    for answer, status in (
        (client.get(f"{API}/{'A' * 32}"), 404),
        (client.get(f"{API}/{'A' * 32}/case"), 404),
        (client.post(API, json={"text": "nothing known stands here"}), 422),
        (client.post(API, json={"text": ""}), 400),
        (client.post(API, content=b"x", headers={"content-type": "text/plain"}), 415),
    ):
        assert answer.status_code == status, answer.text
        assert answer.json()["status"] == status
        assert answer.json()["detail"]
