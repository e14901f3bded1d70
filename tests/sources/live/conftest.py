"""The invented tenant without a network: one collection from it, and the facts that the readers make of that."""

import datetime as dt
from pathlib import Path

import pytest

from tests_root import module_at
from ticking import Ticking

pytest.importorskip("httpx2", reason="the extra live is not installed")
fake = module_at("fake_tenant", Path(__file__).with_name("fake_tenant.py"))

NOW = fake.ONSET + dt.timedelta(hours=4)


class Canary:
    """Tokens without a token service."""

    delegated = False

    def __init__(self, secrets):
        self.secrets = secrets

    async def get(self, scope):
        self.secrets.learn(fake.TOKEN)
        return fake.TOKEN


@pytest.fixture
def ticking():
    return Ticking(NOW)


@pytest.fixture
def connection(ticking):
    """A connection to a tenant, or to any handler."""
    from faultbook.sources.live.connection import Connection, client
    from faultbook.sources.live.limits import Limits
    from faultbook.sources.live.secrets import Secrets

    def make(transport, *, base="https://graph.test/v1.0", seconds=1000.0, token=True):
        secrets = Secrets({})
        canary = Canary(secrets)
        return Connection(
            client(transport=transport), base, timing=ticking.timing(seconds), limits=Limits(ticking.clock, ticking.sleep),
            secrets=secrets, token=(lambda: canary.get("")) if token else None,
        )  # fmt: skip

    return make


@pytest.fixture
def collect(ticking, tmp_path):
    """Collect from a tenant into a folder; answers the capture and the settled facts."""
    import anyio

    from faultbook.sources.evidence import gather
    from faultbook.sources.live.ask import Whom
    from faultbook.sources.live.capture import Capture, facts_of
    from faultbook.sources.live.clouds import CLOUDS
    from faultbook.sources.live.collecting import Collection, Sources
    from faultbook.sources.live.secrets import Secrets
    from faultbook.sources.live.tokens import SignIn

    def run(tenant, kinds, *, whom=None, folder=None, seconds=1000.0, now=NOW, resolve=None):
        import msgspec

        cloud = msgspec.structs.replace(
            CLOUDS["public"], graph="https://graph.test", powerbi="https://powerbi.test", authority="https://login.test"
        )
        secrets = Secrets({})
        sources = Sources(sign_in=SignIn(cloud=cloud), public=False, authority=cloud.authority)
        whom = whom or Whom(
            code="120021", at=fake.ONSET + dt.timedelta(minutes=14), user=fake.people.KIM.upn, domain="contoso.example"
        )
        capture = Capture(folder or tmp_path / "collection", "key", now)

        async def main():
            collection = Collection(
                sources,
                set(kinds),
                capture,
                secrets=secrets,
                timing=ticking.timing(seconds),
                transport=fake.transport(tenant),
                tokens=Canary(secrets),
            )
            await collection.run(whom, resolve or (lambda: whom))

        anyio.run(main)
        with gather([capture.answers]) as gathered:
            facts = facts_of(gathered, capture, gathered.facts_for("120021"))
        return capture, {(fact.kind, fact.target): fact for fact in facts}

    return run
