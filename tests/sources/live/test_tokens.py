"""Each way to sign in, without signing in: the credential that is made, and what is asked for where something lacks."""

import base64
import json

import anyio
import fake_tenant as fake
import pytest

identity = pytest.importorskip("azure.identity", reason="the extra live is not installed")

from faultbook.errors import UsageError  # noqa: E402
from faultbook.sources.live.clouds import CLOUDS, cloud_of  # noqa: E402
from faultbook.sources.live.failure import Failure  # noqa: E402
from faultbook.sources.live.secrets import Secrets  # noqa: E402
from faultbook.sources.live.tokens import SignIn, Tokens, _is_delegated, credential  # noqa: E402

TENANT = "7c0ffee0-1234-4321-8888-aaaabbbbcccc"


def made(how, environment=None, **given):
    sign_in = SignIn(cloud=CLOUDS[given.pop("cloud", "public")], how=how, **given)
    return credential(sign_in, Secrets(environment or {}))


@pytest.mark.parametrize(
    ("how", "kind", "environment"),
    [
        ("device-code", identity.DeviceCodeCredential, {}),
        ("client-secret", identity.ClientSecretCredential, {"FAULTBOOK_CLIENT_SECRET": fake.SECRET}),
        ("managed-identity", identity.ManagedIdentityCredential, {}),
        ("azure-cli", identity.AzureCliCredential, {}),
        ("default", identity.DefaultAzureCredential, {}),
    ],
)
def test_the_credential_of_each_way(how, kind, environment):
    """As azure-identity names them."""
    assert isinstance(made(how, environment, tenant=TENANT, client="c"), kind)


def test_a_certificate_from_a_file(tmp_path):
    """The path comes from the environment, the tenant and the application from options."""
    pem, _ = fake.certificate(tmp_path, rsa_key=True)
    assert isinstance(
        made("certificate", {"FAULTBOOK_CLIENT_CERTIFICATE": str(pem)}, tenant=TENANT, client="c"),
        identity.CertificateCredential,
    )


def test_a_workload_identity(tmp_path):
    """As Kubernetes mounts it."""
    (tmp_path / "token").write_text("x")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "token"))
        assert isinstance(made("workload-identity", tenant=TENANT, client="c"), identity.WorkloadIdentityCredential)


@pytest.mark.parametrize(
    ("how", "named"), [("client-secret", "FAULTBOOK_CLIENT_SECRET"), ("certificate", "FAULTBOOK_CLIENT_CERTIFICATE")]
)
def test_what_is_missing_is_named(how, named):
    """Before anything is connected to."""
    with pytest.raises(UsageError, match="--tenant") as caught:
        made(how)
    assert named in str(caught.value)


def test_nobody_is_asked_to_sign_in_by_default():
    """The chain holds nothing that opens a browser or prints a code."""
    chain = made("default").credentials
    assert not [
        one for one in chain if isinstance(one, identity.InteractiveBrowserCredential | identity.DeviceCodeCredential)
    ]
    assert not [
        one for one in chain if "broker" in type(one).__name__.lower() or "interactive" in type(one).__name__.lower()
    ]


def test_a_national_cloud_signs_in_at_its_own_authority():
    """Its hosts, its audience."""
    assert CLOUDS["gcc-high"].graph_scope == "https://graph.microsoft.us/.default"
    assert CLOUDS["china"].powerbi_scope == "https://analysis.chinacloudapi.cn/powerbi/api/.default"
    one = made("client-secret", {"FAULTBOOK_CLIENT_SECRET": "secret"}, tenant=TENANT, client="c", cloud="china")
    assert "chinacloudapi.cn" in one._authority


def test_a_cloud_from_a_file(tmp_path):
    """Any other: with https, and looked up nowhere else."""
    path = tmp_path / "own.toml"
    path.write_text(
        'authority="https://login.own.example"\ngraph="https://graph.own.example"\npowerbi="https://p.own.example"\npowerbi_resource="https://r.own.example"\n'
    )
    cloud = cloud_of(str(path))
    assert (cloud.name, cloud.discovery) == ("own", False)
    path.write_text("authority = 7")
    with pytest.raises(UsageError, match="describes no cloud"):
        cloud_of(str(path))


def test_a_refusal_is_remembered_and_holds_no_secret(monkeypatch):
    """The chain is tried once for a scope; what it says is shown without the secret in it."""
    from azure.core.exceptions import ClientAuthenticationError

    asked = []

    class Refusing:
        def get_token(self, scope):
            asked.append(scope)
            raise ClientAuthenticationError(
                f"AADSTS7000215: Invalid client secret {fake.SECRET} provided.\nTrace ID: 1"
            )

    monkeypatch.setattr("faultbook.sources.live.tokens.credential", lambda *_, **__: Refusing())
    secrets = Secrets({"FAULTBOOK_CLIENT_SECRET": fake.SECRET})
    secrets.read("FAULTBOOK_CLIENT_SECRET")
    tokens = Tokens(SignIn(cloud=CLOUDS["public"], how="client-secret"), secrets)

    async def twice():
        for _ in range(2):
            with pytest.raises(Failure) as caught:
                await tokens.get("s/.default")
        return caught.value

    failure = anyio.run(twice)
    assert failure.why == "not-permitted"
    assert "AADSTS7000215" in failure.sentence
    assert fake.SECRET not in failure.sentence
    assert asked == ["s/.default"]


def test_whether_a_token_acts_for_a_person():
    """By its claims, only to word a refusal; an unreadable one says nothing."""

    def token(claims):
        return f"h.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.s"

    assert _is_delegated(token({"scp": "User.Read"}), "default") is True
    assert _is_delegated(token({"roles": ["User.Read.All"]}), "default") is False
    assert _is_delegated("opaque", "default") is None
    assert _is_delegated(token({"scp": "x"}), "client-secret") is False
