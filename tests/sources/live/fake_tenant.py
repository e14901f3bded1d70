"""An invented tenant behind an invented Graph: answers with paging, filters and faults, as a transport or as a server with TLS on loopback."""

import datetime as dt
import json
import re
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

from tenant import cloud, signins

from faultbook_lab import people, records

ONSET = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
CODE = 120021
TOKEN = "eyJhbGciOiJub25lIn0.eyJzY3AiOiJjYW5hcnkifQ.canary-token-5f1c9b"
SECRET = "canary-client-secret-77aa"


def pasted(onset=ONSET):
    """The failing sign-in whose message somebody pasted."""
    return records.signin(people.KIM, onset + dt.timedelta(minutes=14), CODE, key="pasted")


_BETWEEN = re.compile(r"(\w+) ge (\S+) and \w+ le (\S+)")
_EQUAL = re.compile(r"(\w+) eq '([^']*)'")


def day(onset=ONSET):
    """A working day in which synced people fail from eight o'clock."""
    synced = [person for person in people.EVERYONE if person.synced]
    rows = signins.quiet(
        signins.ordinary(onset - dt.timedelta(hours=20), 28, seed=3), synced, onset, onset + dt.timedelta(hours=4)
    )
    rows += signins.burst(synced, onset, 120, CODE, seed=4)
    return signins.newest_first([*rows, pasted(onset)])


class Tenant:
    """``refuse`` maps a path to (status, code) or to a list of those, used up one after another; ``page`` is how many rows a page holds."""

    def __init__(self, *, page=1000, base="https://graph.test/v1.0", delay=0.0, onset=ONSET):
        self.page = page
        self.base = base
        self.refuse = {}
        self.headers = {}
        self.seen = []
        self.delay = delay
        off = json.loads(cloud.sync_features(writeback=True))
        self.lists = {
            "/auditLogs/signIns": ("auditLogs/signIns", day(onset)),
            "/auditLogs/directoryAudits": ("auditLogs/directoryAudits", []),
            "/admin/serviceAnnouncement/issues": ("admin/serviceAnnouncement/issues", []),
            "/domains": ("domains", people.domains(federated=False)),
            "/organization": ("organization", json.loads(cloud.organization(onset))["value"]),
            "/identity/conditionalAccess/policies": ("identity/conditionalAccess/policies", []),
            "/directory/onPremisesSynchronization": ("directory/onPremisesSynchronization", off.get("value", [off])),
        }
        self.users = {row["userPrincipalName"]: row for row in people.users()}

    def answer(self, method, url, headers):
        """(status, headers, body) for one request."""
        parts = urlsplit(url)
        path = re.sub(r"^/(?:v1\.0/myorg|v1\.0|beta)", "", parts.path)
        self.seen.append((method, parts.path, parse_qs(parts.query), dict(headers)))
        if fault := self._fault(path):
            return fault
        if path.endswith("/oauth2/v2.0/token"):
            return 200, {}, {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}
        if "/userrealm/" in path:
            return (
                200,
                {},
                {
                    "account_type": "Managed",
                    "domain_name": "contoso.example",
                    "cloud_instance_name": "microsoftonline.com",
                },
            )
        if path.startswith("/users/"):
            row = self.users.get(path[7:].replace("%40", "@"))
            context = "https://graph.microsoft.com/v1.0/$metadata#users/$entity"
            return (
                (200, {}, {"@odata.context": context, **row}) if row else (404, {}, error("Request_ResourceNotFound"))
            )
        if path not in self.lists:
            return 404, {}, error("Request_ResourceNotFound")
        return self._list(path, parse_qs(parts.query))

    def _fault(self, path):
        found = self.refuse.get(path)
        if isinstance(found, list):
            found = found.pop(0) if found else None
        if not found:
            return None
        status, code = found
        return status, self.headers.get(path, {}), error(code, f"Refused with the header Bearer {TOKEN}")

    def _list(self, path, query):
        context, rows = self.lists[path]
        said = query.get("$filter", [""])[0]
        if "signInEventTypes" in said:
            rows = []
        if match := _BETWEEN.search(said):
            rows = [row for row in rows if match[2] <= row[match[1]] <= match[3]]
        elif match := _EQUAL.search(said):
            rows = [row for row in rows if str(row.get(match[1])) == match[2]]
        start = int(query.get("$skiptoken", ["0"])[0])
        document = {
            "@odata.context": f"https://graph.microsoft.com/v1.0/$metadata#{context}",
            "value": rows[start : start + self.page],
        }
        if start + self.page < len(rows):
            document["@odata.nextLink"] = f"{self.base}{path}?$skiptoken={start + self.page}" + (
                f"&$filter={quote(said)}" if said else ""
            )
        return 200, {"request-id": "11111111-2222-4333-8444-555555555555"}, document


def error(code, message="no"):
    return {"error": {"code": code, "message": message}}


def transport(tenant):
    """The tenant without a network."""
    import httpx2

    def handle(request):
        status, headers, body = tenant.answer(request.method, str(request.url), request.headers)
        return httpx2.Response(status, headers=headers, json=body)

    return httpx2.MockTransport(handle)


@contextmanager
def served(tenant, folder):
    """The tenant on loopback with TLS; yields the path of a TOML file that describes it as a cloud."""
    key, root = certificate(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self):
            length = int(self.headers.get("content-length") or 0)
            self.rfile.read(length)
            if tenant.delay:
                threading.Event().wait(tenant.delay)
            if ".well-known" in self.path:
                base = f"https://localhost:{self.server.server_port}/t"
                status, headers, body = 200, {}, {
                    "issuer": f"{base}/v2.0", "token_endpoint": f"{base}/oauth2/v2.0/token", "authorization_endpoint": f"{base}/a",
                    "tenant_region_scope": "EU",
                }  # fmt: skip
            else:
                status, headers, body = tenant.answer(self.command, self.path, self.headers)
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {
                "content-type": "application/json",
                "content-length": str(len(content)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - the names that the server looks for

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    here = f"https://localhost:{server.server_port}"
    tenant.base = f"{here}/v1.0"
    described = folder / "lab.toml"
    described.write_text(
        f'authority = "{here}"\ngraph = "{here}"\npowerbi = "{here}"\npowerbi_resource = "https://powerbi.test"\nca = "{root}"\n'
    )
    try:
        yield described
    finally:
        server.shutdown()
        server.server_close()


def certificate(
    folder, *, names=("localhost",), addresses=("127.0.0.1",), start=None, end=None, name="server", rsa_key=False
):
    """A key with its certificate in one file, and the root that made it."""
    from faultbook_lab.certificates import Authority

    now = dt.datetime.now(dt.UTC)
    start, end = start or now - dt.timedelta(days=1), end or now + dt.timedelta(days=30)
    leaf = Authority(folder).issue(name, hosts=names, addresses=addresses, start=start, end=end, rsa=rsa_key)
    return leaf.both, leaf.root
