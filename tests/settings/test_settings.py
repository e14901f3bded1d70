"""Settings: defaults, then the file, then the environment; every mistake named; no secret shown."""

import json
import re
import subprocess
import sys

import pytest

from faultbook.errors import UsageError
from faultbook.settings import Secret, Settings, load
from faultbook.settings.load import known
from tests_root import ROOT

KEY = "k" * 40


@pytest.fixture
def file(tmp_path):
    """Write a settings file."""

    def write(text):
        path = tmp_path / "faultbook.toml"
        path.write_text(text)
        return path

    return write


def origins(loaded):
    return {row.name: row.origin for row in loaded.rows() if row.origin != "default"}


def test_without_anything_the_defaults_hold():
    loaded = load({"PATH": "/bin"})
    assert loaded.settings == Settings()
    assert loaded.file is None
    assert {row.origin for row in loaded.rows()} == {"default"}


def test_the_environment_goes_before_the_file_and_the_file_before_the_defaults(file):
    path = file('[serve]\nport = 9000\nhosts = ["a.example"]\n[log]\npages = true\n')
    loaded = load({"FAULTBOOK_SERVE_PORT": "9001", "FAULTBOOK_AUTH_ACTORS": "ops, night shift"}, path)
    assert (loaded.settings.serve.port, loaded.settings.serve.hosts) == (9001, ["a.example"])
    assert loaded.settings.log.pages is True
    assert loaded.settings.auth.actors == ["ops", "night shift"]
    assert origins(loaded) == {
        "serve.port": "environment",
        "serve.hosts": "file",
        "log.pages": "file",
        "auth.actors": "environment",
    }


def test_the_environment_names_the_file(file):
    path = file("[serve]\nport = 9000\n")
    assert load({"FAULTBOOK_CONFIG": str(path)}).settings.serve.port == 9000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[serve]\nprot = 1\n", ["serve.prot", "serve.port"]),
        ("[sevre]\nport = 1\n", ["sevre.port", "serve.port"]),
        ("port = 1\n", ["port stands outside of a table", "serve.port"]),
        ("[serve]\nport = '1'\n", ["serve.port", "whole number from 0 to 65,535", "the file"]),
        ("[serve]\nport = 70000\n", ["serve.port", "65,535", "70000"]),
        ("[auth]\nmode = 'odic'\n", ["auth.mode", "none, proxy, oidc"]),
        ("[serve]\ntrusted_proxies = ['10.0.0.0/99']\n", ["serve.trusted_proxies", "10.0.0.0/99"]),
        ("[serve]\nbase_url = 'https://a.example/path'\n", ["serve.base_url", "without path"]),
        ("[auth]\nclient_secret = 'hunter2'\n", ["auth.client_secret", "FAULTBOOK_AUTH_CLIENT_SECRET"]),
        ("[auth]\nclient_secret_file = '/nowhere/at/all'\n", ["auth.client_secret", "cannot be read"]),
        ("not toml", ["not TOML"]),
    ],
)
def test_every_mistake_in_the_file_is_named(file, text, said):
    with pytest.raises(UsageError) as wrong:
        load({}, file(text))
    for words in said:
        assert words in str(wrong.value)
    assert "hunter2" not in str(wrong.value)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"FAULTBOOK_SERVE_PROT": "1"}, ["FAULTBOOK_SERVE_PROT", "FAULTBOOK_SERVE_PORT"]),
        ({"FAULTBOOK_LOG_PAGES": "perhaps"}, ["log.pages", "true or false", "the environment"]),
        ({"FAULTBOOK_AUTH_SESSION_KEY": "short"}, ["auth.session_key", "32"]),
        ({"FAULTBOOK_CONFIG": "/nowhere/at/all"}, ["/nowhere/at/all", "cannot be read"]),
        ({"FAULTBOOK_AUTH_SESSION_KEY": KEY, "FAULTBOOK_AUTH_SESSION_KEY_FILE": "x"}, ["both set"]),
    ],
)
def test_every_mistake_in_the_environment_is_named(environment, said):
    with pytest.raises(UsageError) as wrong:
        load(environment)
    for words in said:
        assert words in str(wrong.value)
    assert "short" not in str(wrong.value).replace("shorter", "")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "faultbook.contoso.example"])
def test_listening_where_others_reach_it_without_a_way_of_signing_in_is_refused(host):
    with pytest.raises(UsageError, match=r"auth\.mode"):
        load({"FAULTBOOK_SERVE_HOST": host})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_on_loopback_it_is_open(host):
    assert load({"FAULTBOOK_SERVE_HOST": host}).settings.serve.host == host


def test_a_proxy_has_to_be_named():
    environment = {
        "FAULTBOOK_SERVE_HOST": "0.0.0.0",
        "FAULTBOOK_AUTH_MODE": "proxy",
        "FAULTBOOK_SERVE_HOSTS": "a.example",
    }
    with pytest.raises(UsageError, match="trusted_proxies"):
        load(environment)
    assert load({**environment, "FAULTBOOK_SERVE_TRUSTED_PROXIES": "10.0.0.7"}).settings.auth.mode == "proxy"


def test_a_service_that_listens_everywhere_has_to_know_its_name():
    environment = {"FAULTBOOK_AUTH_MODE": "proxy", "FAULTBOOK_SERVE_TRUSTED_PROXIES": "10.0.0.7"}
    for host in ("0.0.0.0", "::"):
        with pytest.raises(UsageError, match=r"serve\.base_url"):
            load({**environment, "FAULTBOOK_SERVE_HOST": host})
    assert load({**environment, "FAULTBOOK_SERVE_HOST": "192.0.2.7"}).settings.serve.host == "192.0.2.7"


OIDC = {
    "FAULTBOOK_AUTH_MODE": "oidc",
    "FAULTBOOK_AUTH_ISSUER": "https://login.contoso.example",
    "FAULTBOOK_AUTH_CLIENT_ID": "faultbook",
    "FAULTBOOK_SERVE_BASE_URL": "https://faultbook.contoso.example",
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"FAULTBOOK_AUTH_ISSUER": ""}, "auth.issuer"),
        ({"FAULTBOOK_SERVE_BASE_URL": ""}, "serve.base_url"),
        ({"FAULTBOOK_AUTH_ISSUER": "http://login.contoso.example"}, "https"),
        ({"FAULTBOOK_SERVE_BASE_URL": "http://faultbook.contoso.example"}, "https"),
        ({"FAULTBOOK_AUTH_SCOPES": "profile"}, "openid"),
    ],
)
def test_what_signing_in_needs_is_told_before_anything_starts(change, said):
    with pytest.raises(UsageError) as wrong:
        load({**OIDC, **change})
    assert said in str(wrong.value)
    assert load(OIDC).settings.auth.mode == "oidc"


def test_a_secret_comes_from_the_environment_or_from_a_file_of_its_own(tmp_path, file):
    secret = tmp_path / "key"
    secret.write_text(KEY + "\n")
    for loaded, origin in (
        (load({"FAULTBOOK_AUTH_SESSION_KEY": KEY}), "environment"),
        (load({"FAULTBOOK_AUTH_SESSION_KEY_FILE": str(secret)}), "secret file"),
        (load({}, file(f"[auth]\nsession_key_file = '{secret}'\n")), "secret file"),
    ):
        assert loaded.settings.auth.session_key == KEY
        assert origins(loaded) == {"auth.session_key": origin}


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"\x00" * 40, b"x" * 20_000])
def test_a_secret_file_that_holds_no_secret_is_refused(tmp_path, content):
    secret = tmp_path / "key"
    secret.write_bytes(content)
    with pytest.raises(UsageError, match="one line"):
        load({"FAULTBOOK_AUTH_SESSION_KEY_FILE": str(secret)})


def test_a_secret_shows_itself_nowhere():
    loaded = load({"FAULTBOOK_AUTH_SESSION_KEY": KEY, "FAULTBOOK_AUTH_CLIENT_SECRET": "hunter2"})
    assert KEY not in repr(loaded)
    assert "hunter2" not in repr(loaded)
    assert isinstance(loaded.settings.auth.client_secret, Secret)
    assert "hunter2" not in repr(loaded.rows())


def test_every_setting_has_its_help_and_a_variable_of_its_own():
    rows = load({}).rows()
    assert len({row.env for row in rows}) == len(rows) == len({row.name for row in rows})
    assert all(row.help.endswith(".") and len(row.help) > 15 for row in rows)


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "faultbook", "config", *arguments], check=False, capture_output=True, text=True, env={"PATH": "/bin", "PYTHONPATH": "src", **environment}
    )  # fmt: skip


def test_the_command_prints_values_and_origins_without_secrets():
    done = run("--json", FAULTBOOK_SERVE_PORT="9001", FAULTBOOK_AUTH_SESSION_KEY=KEY)
    answer = json.loads(done.stdout)
    rows = {row["name"]: row for row in answer["settings"]}
    assert answer["schema"] == "faultbook/config-1"
    assert (rows["serve.port"]["value"], rows["serve.port"]["origin"]) == (9001, "environment")
    assert rows["auth.session_key"]["value"] == "(set, not shown)"
    plain = run(FAULTBOOK_SERVE_PORT="9001", FAULTBOOK_AUTH_SESSION_KEY=KEY)
    assert "9001" in plain.stdout
    assert KEY not in done.stdout + plain.stdout


def test_the_command_says_what_is_wrong_and_exits_so():
    done = run(FAULTBOOK_SERVE_PROT="1")
    assert done.returncode == 2
    assert "FAULTBOOK_SERVE_PORT" in done.stderr


def test_the_file_that_the_command_prints_can_be_read_again(tmp_path):
    path = tmp_path / "faultbook.toml"
    path.write_text("\n".join(line for line in run().stdout.splitlines() if "(not set)" not in line))
    assert load({}, path).settings == Settings()


def test_what_commands_and_tests_read_from_the_environment_does_not_stop_a_service():
    """Every variable that the code names and that is no setting may be there."""
    settings = {one.env for one in known()}
    named = {
        name
        for folder in ("src", "tests", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"\bFAULTBOOK_[A-Z_]*[A-Z]\b", path.read_text())
    }
    others = {name for name in named if name.removesuffix("_FILE") not in settings} - {
        "FAULTBOOK_CONFIG",
        "FAULTBOOK_SERVE_PROT",
    }
    assert {"FAULTBOOK_OVERLAY", "FAULTBOOK_LDAP_PASSWORD_FILE", "FAULTBOOK_BROWSER"} <= others
    assert load(dict.fromkeys(others, "x")).settings == load({}).settings
