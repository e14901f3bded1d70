"""Tokens by azure-identity. Nobody is asked to sign in unless the way that was chosen says so."""

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Final, Literal

import anyio.to_thread
from msgspec import Struct

from faultbook.errors import UsageError
from faultbook.sources.live.clouds import Cloud
from faultbook.sources.live.failure import Failure
from faultbook.sources.live.secrets import Secrets

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

How = Literal[
    "default", "device-code", "client-secret", "certificate", "managed-identity", "workload-identity", "azure-cli"
]
HOWS: Final[tuple[How, ...]] = (
    "default",
    "device-code",
    "client-secret",
    "certificate",
    "managed-identity",
    "workload-identity",
    "azure-cli",
)
AZURE_CLI: Final = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
"""The public client that Microsoft has registered for command-line tools; device code uses it where no other is named."""


class SignIn(Struct, frozen=True, kw_only=True):
    """How to get tokens. ``tenant`` and ``client`` may be empty: then the environment or the chosen way decides."""

    cloud: Cloud
    how: How = "default"
    tenant: str = ""
    client: str = ""


class Tokens:
    """One credential, made when the first token is needed; tokens live in memory only."""

    def __init__(self, sign_in: SignIn, secrets: Secrets, *, prompt: Any = None) -> None:
        self._sign_in = sign_in
        self._secrets = secrets
        self._prompt = prompt
        self._credential: TokenCredential | None = None
        self._lock: anyio.Lock | None = None
        self._refused: dict[str, Failure] = {}
        self.delegated: bool | None = None

    async def get(self, scope: str) -> str:
        """A token for the scope. Raises Failure where none is given; a refusal is remembered, so that nothing asks twice."""
        if self._lock is None:
            self._lock = anyio.Lock()
        async with self._lock:
            if scope in self._refused:
                raise self._refused[scope]
            try:
                token = await anyio.to_thread.run_sync(self._token, scope, abandon_on_cancel=True)
            except Failure as failure:
                self._refused[scope] = failure
                raise
        self._secrets.learn(token)
        self.delegated = _is_delegated(token, self._sign_in.how)
        return token

    def _token(self, scope: str) -> str:
        from azure.core.exceptions import AzureError, ClientAuthenticationError

        try:
            self._credential = self._credential or credential(self._sign_in, self._secrets, prompt=self._prompt)
            return self._credential.get_token(scope).token
        except ClientAuthenticationError as error:
            raise Failure("not-permitted", self._said("No token was given", error)) from None
        except AzureError as error:
            raise Failure("source-failed", self._said("The token service did not answer", error)) from None
        except ValueError as error:
            raise Failure("source-failed", self._said("No token could be asked for", error)) from None

    def _said(self, what: str, error: Exception) -> str:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        first = " ".join(lines[:2])[:400]
        return self._secrets.told(f"{what} ({first}).")


def credential(sign_in: SignIn, secrets: Secrets, *, prompt: Any = None) -> "TokenCredential":
    """The credential for the chosen way. Raises UsageError where something that it needs was not given."""
    from azure import identity

    tenant = sign_in.tenant or secrets.get("AZURE_TENANT_ID") or ""
    client = sign_in.client or secrets.get("AZURE_CLIENT_ID") or ""
    common: dict[str, Any] = {"authority": sign_in.cloud.authority}
    if not sign_in.cloud.discovery:
        common["disable_instance_discovery"] = True
    if sign_in.cloud.ca:
        common["connection_verify"] = sign_in.cloud.ca
    match sign_in.how:
        case "device-code":
            named: dict[str, Any] = {"tenant_id": tenant} if tenant else {}
            return identity.DeviceCodeCredential(
                client_id=client or AZURE_CLI, prompt_callback=prompt, **named, **common
            )
        case "client-secret":
            secret = secrets.read("FAULTBOOK_CLIENT_SECRET", "AZURE_CLIENT_SECRET")
            _need(sign_in.how, {"--tenant": tenant, "--client-id": client, "FAULTBOOK_CLIENT_SECRET": secret})
            return identity.ClientSecretCredential(tenant, client, secret or "", **common)
        case "certificate":
            path = secrets.get("FAULTBOOK_CLIENT_CERTIFICATE", "AZURE_CLIENT_CERTIFICATE_PATH")
            password = secrets.read("FAULTBOOK_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD")
            _need(sign_in.how, {"--tenant": tenant, "--client-id": client, "FAULTBOOK_CLIENT_CERTIFICATE": path})
            return identity.CertificateCredential(tenant, client, path, password=password, **common)
        case "managed-identity":
            named = {"client_id": client} if client else {}
            return identity.ManagedIdentityCredential(**named)
        case "workload-identity":
            named = {key: value for key, value in (("tenant_id", tenant), ("client_id", client)) if value}
            return identity.WorkloadIdentityCredential(**named, **common)
        case "azure-cli":
            return identity.AzureCliCredential(tenant_id=tenant)
        case _:
            secrets.read("AZURE_CLIENT_SECRET")
            secrets.read("AZURE_CLIENT_CERTIFICATE_PASSWORD")
            return identity.DefaultAzureCredential(
                exclude_interactive_browser_credential=True,
                exclude_broker_credential=True,
                **({"additionally_allowed_tenants": [tenant]} if tenant else {}),
                **common,
            )


def _need(how: str, given: dict[str, str | None]) -> None:
    lacking = [name for name, value in given.items() if not value]
    if lacking:
        raise UsageError(
            f"Signing in by {how} needs {' and '.join(lacking)}.",
            do="A secret comes from the variable, or from the file that the same name with _FILE at its end names.",
        )


def _is_delegated(token: str, how: How) -> bool | None:
    """Whether a token acts for a person, by its claims; read only to word a refusal, never to allow anything."""
    if how in ("client-secret", "certificate", "managed-identity", "workload-identity"):
        return False
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return None
    return "scp" in claims if isinstance(claims, dict) else None
