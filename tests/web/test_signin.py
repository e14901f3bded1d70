"""Who may come in: open on loopback only, by a trusted proxy's header, or signed in at a real OpenID provider."""

import json
import os
import re
import shutil
import subprocess
import urllib.parse
from html import unescape
from pathlib import Path

import httpx2
import pytest

from faultbook.web.rights import RIGHTS
from faultbook.web.signin import own_path
from web.conftest import free_port, serving

PROVIDER = Path(__file__).with_name("provider")
KEY = "k" * 40
PROXY = {"auth_mode": "proxy", "serve_trusted_proxies": "10.0.0.7,10.1.0.0/16", "serve_host": "0.0.0.0"}
HOSTS = {"serve_hosts": "faultbook.contoso.example"}
BASE = "http://faultbook.contoso.example"
ACT = "/api/v1/about"


def test_the_table_of_rights_grows_with_the_role():
    assert RIGHTS["nobody"] < RIGHTS["visitor"] < RIGHTS["reader"] < RIGHTS["actor"]
    assert RIGHTS["reader"] == {"read", "recognise", "diagnose"}


# A proxy that names people


def proxied(service, **more):
    return service(**PROXY, **HOSTS, **{"auth_actors": "ops", **more})


def test_whom_the_trusted_proxy_names_is_let_in(service):
    made = proxied(service)
    for address in ("10.0.0.7", "10.1.2.3"):
        client = made.client(address, BASE)
        assert client.get("/", headers={"x-forwarded-user": "kim"}).status_code == 200
        assert client.get("/").status_code == 401


def test_nobody_else_may_name_anybody(service):
    client = proxied(service).client("10.2.0.1", BASE)
    answer = client.get("/", headers={"x-forwarded-user": "kim"})
    assert answer.status_code == 403
    assert "trusted proxy" in answer.text
    assert client.get("/", headers={"X-Forwarded-Groups": "ops"}).status_code == 403
    assert client.get("/").status_code == 401


def test_the_name_cannot_be_given_twice_or_be_something_else(service):
    client = proxied(service).client("10.0.0.7", BASE)
    for headers in ([("x-forwarded-user", "kim"), ("x-forwarded-user", "root")], [("x-forwarded-user", "k" * 500)], [("x-forwarded-user", "")]):  # fmt: skip
        assert client.get("/", headers=headers).status_code == 401


def test_groups_decide_what_somebody_may_do(service):
    made = proxied(service, auth_readers="staff", serve_metrics_from="192.0.2.1")
    client = made.client("10.0.0.7", BASE)

    def metrics(groups):
        return client.get("/metrics", headers={"x-forwarded-user": "kim", "x-forwarded-groups": groups}).status_code

    def page(groups):
        return client.get("/", headers={"x-forwarded-user": "kim", "x-forwarded-groups": groups}).status_code

    assert (page("staff"), metrics("staff")) == (200, 403)
    assert (page("other, ops"), metrics("other, ops")) == (200, 200)
    assert (page("other"), metrics("other")) == (403, 403)
    assert page("*") == 403


def test_the_book_can_be_open_while_diagnosing_is_not(service):
    client = proxied(service, auth_public_book="true").client("192.0.2.9", BASE)
    assert client.get("/e/AADSTS120021").status_code == 200
    assert client.get("/e/AADSTS120021").headers["cache-control"].startswith("public")
    assert client.get("/search?q=password").status_code == 200
    assert client.post("/api/v1/recognise", json={"text": "AADSTS50053"}).status_code == 200
    assert client.post("/api/v1/diagnose", json={"text": "AADSTS50053"}).status_code == 401


def test_what_is_not_for_everybody_is_kept_by_no_shared_cache(service):
    client = proxied(service).client("10.0.0.7", BASE)
    answer = client.get("/e/AADSTS120021", headers={"x-forwarded-user": "kim"})
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "cookie" in answer.headers["vary"]
    api = client.get("/api/v1/about", headers={"x-forwarded-user": "kim"})
    assert api.headers["cache-control"] == "private, no-cache"


# Another site's pages


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8321"}, 403),
        ({"origin": "http://127.0.0.1:8321"}, 200),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
    ],
)
def test_a_page_of_another_site_can_send_nothing(client, headers, status):
    text = {"text": "AADSTS50053: locked"}
    assert client.post("/paste", data=text, headers=headers).status_code == status
    assert client.post("/api/v1/recognise", json=text, headers=headers).status_code == status


# Where to return to


@pytest.mark.parametrize("path", ["/e/AADSTS120021", "/search?q=a%20b", "/"])
def test_a_way_back_into_this_service_is_kept(path):
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "//evil.example", "/\\evil.example", "https://evil.example", "evil", "/\x00", "/a\r\nb: c", "\\\\evil", "/" + "x" * 2000, "javascript:alert(1)", "/\t/evil.example", "///evil.example"],
)  # fmt: skip
def test_a_way_out_leads_to_the_front_page(path):
    assert own_path(path) == "/"


# A real provider


@pytest.fixture(scope="module")
def provider():
    """Start oidc-provider on loopback; installs it from its lock where it is not there yet."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        assert os.environ.get("CI") != "true", "node and npm are needed: apt-get install nodejs npm"
        pytest.skip("node and npm are not installed (Debian: apt-get install nodejs npm)")
    if not (PROVIDER / "node_modules/oidc-provider").is_dir():
        done = subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=PROVIDER, capture_output=True, text=True, check=False)  # fmt: skip
        if done.returncode:
            assert os.environ.get("CI") != "true", done.stderr
            pytest.skip(f"npm could not install the provider: {done.stderr[-200:]}")
    running = []

    def start(url, **more):
        port = free_port()
        given = {
            "redirect": f"{url}/signed-in", "signedOut": f"{url}/signed-out", "secret": "s3cret", "port": port,
            "accounts": {"kim": ["ops"], "lee": ["staff"], "max": []}, **more,
        }  # fmt: skip
        process = subprocess.Popen([node, "provider.mjs", json.dumps(given)], cwd=PROVIDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # fmt: skip
        running.append(process)
        issuer = process.stdout.readline().strip()
        assert issuer == f"http://127.0.0.1:{port}"
        return issuer

    yield start
    for process in running:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="module")
def signing(provider):
    """A server that lets people in who sign in at the provider."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    issuer = provider(url)
    with serving(
        serve_port=port, serve_base_url=url, auth_mode="oidc", auth_issuer=issuer, auth_client_id="faultbook",
        auth_client_secret="s3cret", auth_session_key=KEY, auth_readers="staff", auth_actors="ops", serve_metrics_from="192.0.2.1",
    ) as running:  # fmt: skip
        running.issuer = issuer
        yield running


def browser():
    """Cookies and nothing else."""
    return httpx2.Client(follow_redirects=False, timeout=30)


def follow(client, answer):
    """Follow redirects as a browser does."""
    for _ in range(12):
        if answer.status_code not in {301, 302, 303, 307}:
            return answer
        answer = client.get(urllib.parse.urljoin(str(answer.url), answer.headers["location"]))
    raise AssertionError(answer.url)


def sign_in_there(client, answer, name):
    """Fill in the forms of the provider until it sends us back; the answer is that of ours."""
    for _ in range(6):
        answer = follow(client, answer)
        action = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
        if not action or "/interaction/" not in action[1]:
            return answer
        prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)[1]
        form = {"prompt": prompt, **({"login": name, "password": "x"} if prompt == "login" else {})}
        answer = client.post(urllib.parse.urljoin(str(answer.url), unescape(action[1])), data=form)
    raise AssertionError(answer.text)


def signed_in(running, name, path="/e/AADSTS120021"):
    client = browser()
    return client, sign_in_there(client, client.get(f"{running.url}{path}"), name)


def cookie(client):
    return next(one for one in client.cookies.jar if one.name == "faultbook")


@pytest.mark.slow
def test_somebody_signs_in_and_comes_back_to_where_they_were(signing):
    client, answer = signed_in(signing, "kim")
    assert answer.status_code == 200
    assert str(answer.url) == f"{signing.url}/e/AADSTS120021"
    assert "AADSTS120021" in answer.text
    made = cookie(client)
    assert made.has_nonstandard_attr("HttpOnly")
    assert made.get_nonstandard_attr("SameSite").lower() == "lax"
    assert not [one for one in client.cookies.jar if one.name == "faultbook-sign-in"]
    assert client.get(f"{signing.url}/metrics").status_code == 200


@pytest.mark.slow
def test_groups_of_the_provider_decide(signing):
    lee, answer = signed_in(signing, "lee")
    assert answer.status_code == 200
    assert lee.get(f"{signing.url}/metrics").status_code == 403
    _, answer = signed_in(signing, "max")
    assert answer.status_code == 403
    assert "in no group" in answer.text


@pytest.mark.slow
def test_without_signing_in_there_is_nothing_to_see(signing):
    client = browser()
    answer = client.get(f"{signing.url}/e/AADSTS120021")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?to=/e/AADSTS120021")
    refused = client.get(f"{signing.url}/api/v1/about")
    assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.slow
def test_the_way_there_carries_state_nonce_and_challenge(signing):
    client = browser()
    there = client.get(f"{signing.url}/sign-in").headers["location"]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(there).query)
    assert there.startswith(f"{signing.issuer}/auth?")
    assert query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]
    assert {"state", "nonce", "code_challenge"} <= set(query)
    again = urllib.parse.parse_qs(
        urllib.parse.urlsplit(browser().get(f"{signing.url}/sign-in").headers["location"]).query
    )
    assert all(query[name] != again[name] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.slow
def test_a_return_that_this_browser_did_not_begin_is_refused(signing):
    victim = browser()
    assert victim.get(f"{signing.url}/signed-in?code=x&state=y").status_code == 403
    attacker = browser()
    away = attacker.get(f"{signing.url}/sign-in")
    back = sign_in_there_until_return(attacker, away, "kim")
    stolen = victim.get(back)  # the attacker's code, in another browser
    assert stolen.status_code == 403
    assert not list(victim.cookies.jar)
    victim.get(f"{signing.url}/sign-in")
    mixed = victim.get(back)  # and in one that has begun a sign-in of its own
    assert mixed.status_code == 403
    assert "faultbook" not in {one.name for one in victim.cookies.jar}


def sign_in_there_until_return(client, answer, name):
    """Like ``sign_in_there``, but stop at the redirect back to us, and answer its address."""
    for _ in range(15):
        if answer.status_code in {302, 303}:
            there = urllib.parse.urljoin(str(answer.url), answer.headers["location"])
            if "/signed-in" in there:
                return there
            answer = client.get(there)
            continue
        action = re.search(r'<form[^>]*action="([^"]+)"', answer.text)[1]
        prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)[1]
        form = {"prompt": prompt, **({"login": name, "password": "x"} if prompt == "login" else {})}
        answer = client.post(urllib.parse.urljoin(str(answer.url), unescape(action)), data=form)
    raise AssertionError(answer.text)


@pytest.mark.slow
def test_a_return_works_once(signing):
    client = browser()
    back = sign_in_there_until_return(client, client.get(f"{signing.url}/sign-in"), "kim")
    assert client.get(back).status_code == 303
    assert client.get(back).status_code == 403


@pytest.mark.slow
def test_a_refusal_by_the_provider_is_told_without_its_words(signing):
    client = browser()
    there = client.get(f"{signing.url}/sign-in").headers["location"]
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(there).query)["state"][0]
    answer = client.get(f"{signing.url}/signed-in", params={"error": "access_denied", "error_description": "<script>x</script>", "state": state})  # fmt: skip
    assert answer.status_code == 403
    assert "access_denied" in answer.text
    assert "<script>x" not in answer.text


@pytest.mark.slow
def test_nobody_is_led_elsewhere(signing):
    for to in ("https://evil.example", "//evil.example", "/\\evil.example"):
        client = browser()
        answer = sign_in_there(client, client.get(f"{signing.url}/sign-in", params={"to": to}), "kim")
        assert str(answer.url) == f"{signing.url}/"


@pytest.mark.slow
def test_a_forged_cookie_opens_nothing(signing):
    client, _ = signed_in(signing, "kim")
    value = cookie(client).value
    payload, _, rest = value.partition(".")
    for forged in (value[:-2], f"{payload[:-1]}x.{rest}", "", "a.b.c", "." * 100, value + "x"):
        answer = httpx2.get(f"{signing.url}/api/v1/about", headers={"cookie": f"faultbook={forged}"})
        assert answer.status_code == 401, forged
    assert httpx2.get(f"{signing.url}/api/v1/about", headers={"cookie": f"faultbook={value}"}).status_code == 200
    # What proves a sign-in under way is signed for another purpose.
    going = browser()
    going.get(f"{signing.url}/sign-in")
    other = next(one.value for one in going.cookies.jar if one.name == "faultbook-sign-in")
    assert httpx2.get(f"{signing.url}/api/v1/about", headers={"cookie": f"faultbook={other}"}).status_code == 401


@pytest.mark.slow
def test_signing_out_ends_the_session_here_and_there(signing):
    client, _ = signed_in(signing, "kim")
    kept = cookie(client).value
    assert client.post(f"{signing.url}/sign-out").status_code == 403  # without the token of the session
    page = client.get(f"{signing.url}/sign-out")
    token = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)[1]
    answer = client.post(f"{signing.url}/sign-out", data={"csrf": token})
    assert answer.status_code == 200
    away = answer.headers["refresh"].partition("url=")[2]
    assert away.startswith(f"{signing.issuer}/session/end?")
    assert client.get(away).status_code == 200  # the provider knows where to return to
    assert client.get(f"{signing.url}/api/v1/about").status_code == 401
    assert httpx2.get(f"{signing.url}/api/v1/about", headers={"cookie": f"faultbook={kept}"}).status_code == 401


@pytest.mark.slow
def test_another_session_token_is_none(signing):
    kim, _ = signed_in(signing, "kim")
    lee, _ = signed_in(signing, "lee")
    token = re.search(r'value="([0-9a-f]{64})"', lee.get(f"{signing.url}/sign-out").text)[1]
    assert kim.post(f"{signing.url}/sign-out", data={"csrf": token}).status_code == 403
    assert kim.post(f"{signing.url}/api/v1/recognise", json={"text": "x"}).status_code == 403
    mine = re.search(r'value="([0-9a-f]{64})"', kim.get(f"{signing.url}/sign-out").text)[1]
    assert kim.post(f"{signing.url}/api/v1/recognise", json={"text": "x"}, headers={"x-csrf-token": mine}).status_code == 200  # fmt: skip


@pytest.mark.slow
def test_the_box_on_a_page_of_the_book_works_for_whoever_is_signed_in(signing):
    kim, _ = signed_in(signing, "kim")
    assert kim.post(f"{signing.url}/paste", data={"text": "AADSTS50053: locked"}).status_code == 200
    assert kim.post(f"{signing.url}/paste", data={"text": "x"}, headers={"origin": "https://evil.example"}).status_code == 403  # fmt: skip


@pytest.mark.slow
def test_a_new_key_of_the_provider_is_fetched(signing):
    signed_in(signing, "kim")
    httpx2.post(f"{signing.issuer}/rotate")
    _, answer = signed_in(signing, "kim")
    assert answer.status_code == 200


@pytest.mark.slow
def test_the_log_says_who_signed_in_and_no_secret(signing):
    signed_in(signing, "kim")
    log = "".join(signing.lines)
    assert '"user": "kim@contoso.example"' in log
    for secret in ("s3cret", KEY, "code=", "state="):
        assert secret not in log


@pytest.mark.slow
def test_a_public_client_signs_in_by_its_challenge_alone(provider):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    issuer = provider(url, secret="")
    with serving(serve_port=port, serve_base_url=url, auth_mode="oidc", auth_issuer=issuer, auth_client_id="faultbook", auth_public_book="true") as running:  # fmt: skip
        client = browser()
        assert client.get(f"{running.url}/e/AADSTS120021").status_code == 200
        answer = sign_in_there(client, client.get(f"{running.url}/sign-in?to=/browse"), "max")
        assert (answer.status_code, str(answer.url)) == (200, f"{url}/browse")


@pytest.mark.slow
def test_a_provider_that_is_not_there_is_told_and_hurts_nobody_else():
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with serving(serve_port=port, serve_base_url=url, auth_mode="oidc", auth_issuer=f"http://127.0.0.1:{free_port()}", auth_client_id="f") as running:  # fmt: skip
        answer = running.get("/sign-in")
        assert answer.status_code == 502
        assert "cannot be reached" in answer.text
        assert running.get("/livez").status_code == 200


def test_cookies_over_https_are_bound_to_the_host(service):
    made = service(
        serve_base_url="https://faultbook.contoso.example", serve_host="0.0.0.0", auth_mode="oidc",
        auth_issuer="https://login.contoso.example", auth_client_id="f",
    )  # fmt: skip
    from starlette.responses import Response

    from faultbook.web.rights import User

    answer = Response()
    made.state.doorman.sessions.begin(answer, User(name="kim", role="reader", session="s"))
    written = answer.headers["set-cookie"]
    assert written.startswith("__Host-faultbook=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in written.split(";")}
    assert "Domain" not in written
