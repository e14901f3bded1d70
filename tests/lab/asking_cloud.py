"""Asks the emulated cloud of the small tenant: as one application with its tokens, and as the product's collector."""

import datetime as dt
import os
from pathlib import Path

import anyio
import httpx2
import pytest
import small_tenant as small
from msgspec import structs

from faultbook.evidence.asks import KINDS
from faultbook.sources.live.ask import Whom
from faultbook_lab import people
from faultbook_lab.cloud import application, missing
from ticking import Ticking

BASE = "https://lab.test"
POWER_BI = "https://analysis.windows.net/powerbi/api"
OPENAPI = Path(os.environ.get("FAULTBOOK_OPENAPI", Path(__file__).parents[3] / "shared/openapi"))

WHOM = Whom(
    code=str(small.CODE), at=small.ONSET + dt.timedelta(minutes=20), user=people.KIM.upn, domain="partners.example", app_id=people.POWER_BI[1],
    dataset=small.DATASET, workspace=small.WORKSPACE,
)  # fmt: skip
NEED = pytest.mark.skipif(
    bool(missing(OPENAPI)), reason="the published API descriptions are not beside this checkout (FAULTBOOK_OPENAPI)"
)
CLOUD = {name for name, kind in KINDS.items() if kind.endpoint.startswith("/")} | {"federation.realm"}
DELEGATED_ONLY = {"graph.onPremisesSynchronization", "graph.authenticationAgents"}


class Asking:
    """One client of one application, with tokens that it fetches like anybody else."""

    def __init__(self, tenant, *, delegated=False, now=lambda: small.NOW, **more):
        self.app = application(tenant, now=now, key=small.KEY, **more)
        self.tenant = tenant
        self.delegated = delegated
        self.tokens = {}

    def run(self, *requests):
        async def main():
            return [await self._one(*request) for request in requests]

        answers = anyio.run(main)
        return answers[0] if len(answers) == 1 else answers

    def get(self, path, **params):
        return self.run(("GET", path, params))

    async def _one(self, method, path, params=None, body=None, headers=None):
        resource = POWER_BI if path.startswith("/v1.0/myorg") else BASE
        async with self.client() as client:
            given = {"Authorization": f"Bearer {await self.token(resource)}", **(headers or {})}
            return await client.request(method, path, params=params, json=body, headers=given)

    def client(self):
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url=BASE)

    async def token(self, resource):
        if resource not in self.tokens:
            where = f"/{self.tenant.id}/oauth2/v2.0"
            scope = {"client_id": small.READER, "scope": f"{resource}/.default"}
            async with self.client() as client:
                if self.delegated:
                    code = (await client.post(f"{where}/devicecode", data=scope)).json()["device_code"]
                    how = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": code}
                else:
                    how = {"grant_type": "client_credentials", "client_secret": small.SECRET}
                answer = await client.post(f"{where}/token", data={**scope, **how})
            self.tokens[resource] = answer.json()["access_token"]
        return self.tokens[resource]


class Held:
    """The product's tokens, fetched from the emulated cloud."""

    def __init__(self, asking, secrets):
        self._asking = asking
        self._secrets = secrets
        self.delegated = asking.delegated

    async def get(self, scope):
        token = await self._asking.token(scope.removesuffix("/.default"))
        self._secrets.learn(token)
        return token


def collected(tmp_path, asking, kinds=CLOUD, whom=WHOM, ticking=None):
    """Everything that the product's collector gets: records by name, and the settled facts by kind."""
    from faultbook.sources.evidence import gather
    from faultbook.sources.live.capture import Capture, facts_of
    from faultbook.sources.live.clouds import CLOUDS
    from faultbook.sources.live.collecting import Collection, Sources
    from faultbook.sources.live.secrets import Secrets
    from faultbook.sources.live.tokens import SignIn

    cloud = structs.replace(CLOUDS["public"], graph=BASE, powerbi=BASE, authority=BASE)
    secrets = Secrets({})
    capture = Capture(tmp_path / "collection", "key", small.NOW)
    ticking = ticking or Ticking(small.NOW)

    async def main():
        collection = Collection(
            Sources(sign_in=SignIn(cloud=cloud), public=True, authority=BASE), set(kinds), capture, secrets=secrets, timing=ticking.timing(2000.0),
            transport=httpx2.ASGITransport(app=asking.app), tokens=Held(asking, secrets),
        )  # fmt: skip
        await collection.run(whom, lambda: whom)

    anyio.run(main)
    with gather([capture.answers]) as gathered:
        facts = facts_of(gathered, capture, gathered.facts_for(whom.code))
    return capture, {fact.kind: fact for fact in facts}
