"""``diagnose --live`` and ``collect --live`` as processes, against an invented tenant on loopback with TLS and a token service of its own."""

import datetime as dt
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests_root import module_at

pytest.importorskip("azure.identity", reason="the extra live is not installed")
pytest.importorskip("httpx2", reason="the extra live is not installed")
ROOT = Path(__file__).parents[2]
fake = module_at("fake_tenant", ROOT / "tests/sources/live/fake_tenant.py")

ONSET = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=5)).replace(minute=0, second=0, microsecond=0)
"""Lately: the vendor, and so the product, knows nothing older than thirty days."""
AT = (ONSET + dt.timedelta(minutes=14)).strftime("%Y-%m-%dT%H:%M:%SZ")
ERROR = f"AADSTS120021: PartnerServiceSsprInternalServiceError\nCorrelation ID: {fake.pasted(ONSET)['correlationId']}\nTimestamp: {AT}\n"


def unpacked(data):
    """Every member of a zip, of zips inside it too."""
    with zipfile.ZipFile(io.BytesIO(data)) as members:
        for name in members.namelist():
            content = members.read(name)
            yield from unpacked(content) if content[:2] == b"PK" else [content.decode()]


@pytest.fixture
def cloud(tmp_path):
    """A running tenant, the options that lead to it, and the environment with its secret."""
    tenant = fake.Tenant(onset=ONSET)
    with fake.served(tenant, tmp_path) as described:
        secret = tmp_path / "secret"
        secret.write_text(fake.SECRET)
        options = [
            "--live",
            "--cloud",
            described,
            "--auth",
            "client-secret",
            "--tenant",
            "t",
            "--client-id",
            "c",
            "--no-public",
        ]
        yield tenant, options, {"FAULTBOOK_CLIENT_SECRET_FILE": str(secret)}


def test_a_live_diagnosis_knows_whom_it_hit(faultbook, cloud):
    """From the correlation id alone: the sign-in says who, the rest follows; progress is on stderr."""
    tenant, options, env = cloud
    done = faultbook("diagnose", "-", *options, "--json", stdin=ERROR.encode(), env=env)
    answer = json.loads(done.stdout)
    assert answer["about"]["user"] == fake.people.KIM.upn
    assert answer["verdict"] != "no-evidence"
    assert answer["statistics"]["failed"] > 20
    assert "Microsoft Graph v1.0: /domains" in done.stderr
    assert {one["grant"] for one in answer["evidence"] if one["kind"] == "graph.domains"} == {"Domain.Read.All"}
    assert any(path.replace("%40", "@") == "/v1.0/users/kim@contoso.example" for _, path, *_ in tenant.seen)


def test_no_secret_or_token_is_in_any_artefact(faultbook, cloud, tmp_path):
    """Planted in the environment, the token answer, refusals and values; looked for in every output there is."""
    tenant, options, env = cloud
    tenant.refuse["/domains"] = (403, "Authorization_RequestDenied")
    tenant.lists["/organization"][1][0]["note"] = f"password={fake.SECRET} Bearer {fake.TOKEN}"
    out = tmp_path / "out"
    out.mkdir()
    outputs = []
    for more in (["--markdown", "--html", out / "page.html", "--case", out / "case.zip"],):
        done = faultbook("diagnose", "-", *options, *more, stdin=ERROR.encode(), env=env)
        outputs += [done.stdout, done.stderr]
        assert done.returncode == 3
    done = faultbook("collect", out / "bundle.zip", *options, "--for", "AADSTS120021", "--at", AT, env=env)
    outputs += [done.stdout, done.stderr]
    outputs.append((out / "page.html").read_text())
    outputs += [text for archive in ("case.zip", "bundle.zip") for text in unpacked((out / archive).read_bytes())]
    for text in outputs:
        assert "canary" not in text
    assert any("Bearer" in dict(headers).get("Authorization", "") for *_, headers in tenant.seen)


def test_a_bundle_gives_the_same_bytes_anywhere(faultbook, cloud, tmp_path):
    """Another folder, another zone, another day: one diagnosis."""
    _, options, env = cloud
    done = faultbook("collect", tmp_path / "bundle.zip", *options, "--for", "AADSTS120021", "--at", AT, env=env)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.glob(".*.collecting"))
    elsewhere = tmp_path / "else"
    elsewhere.mkdir()
    (elsewhere / "bundle.zip").write_bytes((tmp_path / "bundle.zip").read_bytes())
    answers = {
        faultbook(
            "diagnose", "AADSTS120021", "-e", folder / "bundle.zip", "--json", cwd=folder, env={"TZ": zone}
        ).stdout
        for folder, zone in ((tmp_path, "UTC"), (elsewhere, "Asia/Tokyo"))
    }
    assert len(answers) == 1
    assert json.loads(answers.pop())["verdict"] != "no-evidence"


def test_a_bundle_that_keeps_names_keeps_no_secret(faultbook, cloud, tmp_path):
    """People stay, so that one of them can be asked about; secrets go all the same."""
    tenant, options, env = cloud
    tenant.lists["/organization"][1][0] |= {"note": f"password={fake.SECRET}", "clientSecret": "canary-by-its-key"}
    out = tmp_path / "bundle.zip"
    done = faultbook("collect", out, *options, "--for", "AADSTS120021", "--at", AT, "--keep-names", env=env)
    assert done.returncode == 0, done.stderr
    text = "".join(unpacked(out.read_bytes()))
    assert fake.people.KIM.upn in text
    assert "canary" not in text
    answer = json.loads(faultbook("diagnose", ERROR, "-e", out, "--user", fake.people.KIM.upn, "--json").stdout)
    assert answer["about"]["user"] == fake.people.KIM.upn
    assert any(one["answer"] == "yes" for cause in answer["ranked"] for one in cause["findings"])


def test_a_killed_collection_goes_on(cloud, tmp_path):
    """Killed in the middle of its questions, the next run asks only the rest and seals the whole."""
    tenant, options, env = cloud
    tenant.delay = 0.25
    command = [
        sys.executable, "-m", "faultbook", "collect", str(tmp_path / "bundle.zip"), *map(str, options), "--for", "AADSTS120021", "--at", AT,
    ]  # fmt: skip
    around = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **env}
    process = subprocess.Popen(command, env=around, stderr=subprocess.PIPE, cwd=ROOT)
    growing = tmp_path / ".bundle.zip.collecting/log.jsonl"
    for _ in range(400):
        if growing.exists() and growing.read_bytes().count(b"\n") >= 4:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert not (tmp_path / "bundle.zip").exists()
    had = growing.read_bytes().count(b"\n")
    tenant.delay = 0
    tenant.seen.clear()
    done = subprocess.run(command, env=around, capture_output=True, cwd=ROOT, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    settings = [path for _, path, *_ in tenant.seen if path in ("/v1.0/domains", "/v1.0/organization")]
    assert had >= 4
    assert len(settings) <= 2
    with zipfile.ZipFile(tmp_path / "bundle.zip") as members:
        kinds = {json.loads(line)["kind"] for line in members.read("facts.jsonl").splitlines()}
    assert {"signins.history", "graph.domains", "graph.organization"} <= kinds


def test_a_dead_source_costs_its_own_answers(faultbook, cloud):
    """No directory listens there; the cloud still answers, and the reason is said."""
    _, options, env = cloud
    done = faultbook(
        "diagnose", "-", *options, "--ldap", "ldaps://127.0.0.1:1", "--ldap-user", "LAB\\reader", "--json", stdin=ERROR.encode(),
        env={**env, "FAULTBOOK_LDAP_PASSWORD": "canary-ldap"},
    )  # fmt: skip
    answer = json.loads(done.stdout)
    assert done.returncode == 3
    assert {one["why_unknown"] for one in answer["evidence"] if one["kind"] == "ad.descriptor"} == {"source-failed"}
    assert answer["statistics"]["failed"] > 20
    assert "canary" not in done.stdout + done.stderr


def test_usage_is_said_plainly(faultbook, tmp_path):
    """What is missing, before anything is connected to."""
    done = faultbook("diagnose", "AADSTS120021", "--ldap", "ldaps://dc1.example")
    assert (done.returncode, "--ldap does nothing without --live" in done.stderr) == (2, True)
    done = faultbook("diagnose", "AADSTS120021", "--live", "--auth", "client-secret")
    assert (done.returncode, "needs --tenant and --client-id and FAULTBOOK_CLIENT_SECRET" in done.stderr) == (2, True)
    gone = {"FAULTBOOK_LDAP_PASSWORD_FILE": str(tmp_path / "none")}
    done = faultbook(
        "diagnose", "AADSTS120021", "--live", "--no-cloud", "--no-public", "--ldap", "ldaps://127.0.0.1:1", "--ldap-user", "x",
        "--user", "kim@contoso.example", env=gone,
    )  # fmt: skip
    assert (done.returncode, "FAULTBOOK_LDAP_PASSWORD_FILE names cannot be read" in done.stderr) == (2, True)
    done = faultbook("diagnose", "AADSTS120021", "--live", "--cloud", "mars")
    assert (done.returncode, "There is no cloud mars" in done.stderr) == (2, True)
    plain = tmp_path / "plain.toml"
    plain.write_text('authority="http://a.example"\ngraph="https://b"\npowerbi="https://c"\npowerbi_resource="d"\n')
    assert "in the clear" in faultbook("diagnose", "AADSTS120021", "--live", "--cloud", plain).stderr
    done = faultbook("diagnose", "AADSTS120021", "--live", "--no-cloud", "--ldap", "ldaps://u:p@dc1.example")
    assert "does not belong into an address" in done.stderr
