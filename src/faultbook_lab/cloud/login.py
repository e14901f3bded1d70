"""Sign-in as Entra offers it: discovery, tokens for an application's secret or by device code, and where a domain signs in.

Codes and their classes: Microsoft's page on AADSTS error codes, as read on 2026-08-20; realm discovery is not documented by Microsoft.
"""

import base64
import datetime as dt
import hmac
import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from faultbook_lab import people
from faultbook_lab.cloud.cloud import Cloud, answer, origin
from faultbook_lab.cloud.refusal import Refusal
from faultbook_lab.cloud.tokens import GRAPH, LIFE, POWER_BI
from faultbook_lab.tenant import Client

DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"
_ASK_AGAIN: Final = dt.timedelta(minutes=15)
_REFRESH: Final = dt.timedelta(days=1)
_ANY_TENANT: Final = ("common", "organizations")
_NOT_RESOURCES: Final = frozenset({"openid", "profile", "email", "offline_access"})


class Login:
    """The endpoints of sign-in."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def discovery(self, request: Request) -> Response:
        """The OpenID configuration of the tenant, by its id or one of its domains."""
        named = request.path_params["tenant"]
        self._tenant(named)
        base = f"{origin(request)}/{named if named in _ANY_TENANT else self._cloud.tenant.id}"
        return answer(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": sorted(_NOT_RESOURCES),
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "tenant_region_scope": "EU",
                "cloud_instance_name": "microsoftonline.com",
                "msgraph_host": request.url.netloc,
            }
        )

    async def realm(self, request: Request) -> Response:
        """Where a domain signs in; what nobody has registered is Unknown."""
        login = request.path_params["user"]
        domain = login.rpartition("@")[2].lower()
        with self._cloud.tenant.lock:
            known = self._cloud.tenant.realms.get(domain)
        unknown = {"ver": "1.0", "account_type": "Unknown", "cloud_instance_name": "microsoftonline.com"}
        return answer({"ver": "1.0", "domain_name": domain, **known} if known else unknown)

    async def device_code(self, request: Request) -> Response:
        """A code that the lab's administrator has approved before it is shown."""
        self._tenant(request.path_params["tenant"])
        form = await _form(request)
        client = self._client(form)
        claims = {"use": "device", "client": client.id, "scope": form.get("scope", "")}
        code = self._cloud.tokens.signed(claims, _ASK_AGAIN)
        where = f"{origin(request)}/common/oauth2/deviceauth"
        shown = "LABLABLAB"
        said = f"To sign in, use a web browser to open the page {where} and enter the code {shown} to authenticate."
        return answer(
            {
                "user_code": shown, "device_code": code, "verification_uri": where, "expires_in": int(_ASK_AGAIN.total_seconds()),
                "interval": 1, "message": f"{said} The lab's administrator has done so already.",
            }
        )  # fmt: skip

    async def token(self, request: Request) -> Response:
        """A token for an application itself, or for the administrator."""
        self._tenant(request.path_params["tenant"])
        form = await _form(request)
        client = self._client(form)
        kind = form.get("grant_type")
        if kind == "client_credentials":
            return self._for_application(request, form, client)
        if kind in (DEVICE_CODE, "refresh_token"):
            return self._for_person(request, form, client)
        raise Refusal(400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.")

    def _for_application(self, request: Request, form: Mapping[str, str], client: Client) -> Response:
        self._prove(form, client)
        scopes = form.get("scope", "").split()
        if len(scopes) != 1 or not scopes[0].endswith("/.default"):
            raise Refusal(
                400,
                "invalid_scope",
                f"AADSTS1002012: The provided value for scope {' '.join(scopes)} is not valid. Client credential flows must have a scope"
                " value with /.default suffixed to the resource identifier (application ID URI).",
            )
        return answer({**self._granted(request, client, _resource(request, scopes), None), "ext_expires_in": int(LIFE.total_seconds())})  # fmt: skip

    def _for_person(self, request: Request, form: Mapping[str, str], client: Client) -> Response:
        try:
            told = self._cloud.tokens.claims(form.get("device_code") or form.get("refresh_token") or "")
        except ValueError:
            told = {}
        expires = told.get("exp")
        if told.get("client") != client.id or not isinstance(expires, int):
            raise Refusal(
                400, "invalid_grant", "AADSTS70000: The provided authorization code or refresh token is not valid."
            )
        if expires <= self._cloud.clock.timestamp():
            raise Refusal(400, "expired_token", "AADSTS70020: The provided device code has expired.")
        scope = (form.get("scope") or str(told.get("scope"))).split()
        person = self._administrator()
        granted = self._granted(request, client, _resource(request, scope), person)
        if "offline_access" in scope:
            claims = {"use": "refresh", "client": client.id, "scope": " ".join(scope)}
            granted["refresh_token"] = self._cloud.tokens.signed(claims, _REFRESH)
        if "openid" in scope:
            info = json.dumps({"uid": person["oid"], "utid": self._cloud.tenant.id}).encode()
            granted["client_info"] = base64.urlsafe_b64encode(info).decode().rstrip("=")
            granted["id_token"] = self._cloud.tokens.signed(self._identity(request, client, person))
        return answer(granted)

    def _granted(
        self, request: Request, client: Client, resource: str, person: dict[str, str] | None
    ) -> dict[str, Any]:
        tenant = self._cloud.tenant
        with tenant.lock:
            token = self._cloud.tokens.access(tenant.id, self._issuer(request), resource, client, person)
        granted: dict[str, Any] = {
            "token_type": "Bearer",
            "expires_in": int(LIFE.total_seconds()),
            "access_token": token,
        }
        if person:
            granted["scope"] = " ".join(
                f"{resource}/{name}" for name in self._cloud.tokens.claims(token)["scp"].split()
            )
        return granted

    def _identity(self, request: Request, client: Client, person: dict[str, str]) -> dict[str, Any]:
        return {
            "iss": self._issuer(request), "aud": client.id, "tid": self._cloud.tenant.id, "sub": person["oid"], "oid": person["oid"],
            "preferred_username": person["upn"], "name": "The lab's administrator", "ver": "2.0",
        }  # fmt: skip

    def _issuer(self, request: Request) -> str:
        return f"{origin(request)}/{self._cloud.tenant.id}/v2.0"

    def _administrator(self) -> dict[str, str]:
        name = self._cloud.tenant.administrator
        rows = (row for row in self._cloud.tenant.users if row.get("userPrincipalName") == name)
        return {"upn": name, "oid": str(next((row["id"] for row in rows), people.guid("user", "admin")))}

    def _tenant(self, named: str) -> None:
        tenant = self._cloud.tenant
        if named not in (tenant.id, *_ANY_TENANT) and named.lower() not in {
            str(row["id"]).lower() for row in tenant.domains
        }:
            raise Refusal(400, "invalid_request", f"AADSTS90002: Tenant '{named}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.")  # fmt: skip

    def _client(self, form: Mapping[str, str]) -> Client:
        wanted = form.get("client_id", "")
        if not wanted:
            raise Refusal(400, "invalid_request", "AADSTS900144: The request body must contain the following parameter: 'client_id'.")  # fmt: skip
        with self._cloud.tenant.lock:
            client = self._cloud.tenant.clients.get(wanted)
        if client is None:
            raise Refusal(400, "unauthorized_client", f"AADSTS700016: Application with identifier '{wanted}' was not found in the directory '{self._cloud.tenant.name}'.")  # fmt: skip
        return client

    def _prove(self, form: Mapping[str, str], client: Client) -> None:
        given = form.get("client_secret", "")
        if not given:
            raise Refusal(401, "invalid_client", "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")  # fmt: skip
        until = next((end for secret, end in client.secrets.items() if hmac.compare_digest(secret.encode(), given.encode())), None)  # fmt: skip
        if until is None:
            raise Refusal(401, "invalid_client", f"AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client.id}'.")  # fmt: skip
        if until <= self._cloud.clock:
            raise Refusal(401, "invalid_client", f"AADSTS7000222: The provided client secret keys for app '{client.id}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.")  # fmt: skip

    async def refused(self, request: Request, refusal: Exception) -> Response:
        """An error as Entra prints it."""
        assert isinstance(refusal, Refusal)
        at = f"{self._cloud.clock:%Y-%m-%d %H:%M:%SZ}"
        trace, correlation = request.state.request_id, request.headers.get("client-request-id") or str(uuid.uuid4())
        code = int(refusal.message.partition(":")[0].removeprefix("AADSTS"))
        return answer(
            {
                "error": refusal.code,
                "error_description": f"{refusal.message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}",
                "error_codes": [code],
                "timestamp": at,
                "trace_id": trace,
                "correlation_id": correlation,
                "error_uri": f"{origin(request)}/error?code={code}",
            },
            refusal.status,
        )


def _resource(request: Request, scopes: list[str]) -> str:
    """The one resource that scopes are of. Raises Refusal."""
    named = {scope.rpartition("/")[0].rstrip("/") for scope in scopes if scope not in _NOT_RESOURCES and "/" in scope}
    found = next(iter(named)) if len(named) == 1 else ""
    if found not in GRAPH | POWER_BI | {origin(request)}:
        raise Refusal(400, "invalid_resource", f"AADSTS500011: The resource principal named {found or ' '.join(scopes)} was not found in the tenant.")  # fmt: skip
    return found


async def _form(request: Request) -> dict[str, str]:
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


def application(cloud: Cloud) -> Starlette:
    """Sign-in as an application of its own."""
    login = Login(cloud)
    return Starlette(
        routes=[
            Route("/common/userrealm/{user}", login.realm),
            Route("/{tenant}/v2.0/.well-known/openid-configuration", login.discovery),
            Route("/{tenant}/oauth2/v2.0/devicecode", login.device_code, methods=["POST"]),
            Route("/{tenant}/oauth2/v2.0/token", login.token, methods=["POST"]),
        ],
        exception_handlers={Refusal: login.refused},
    )
