"""Makes a realistic log for the scan benchmark: ordinary lines of many programs, and a few real errors among them."""

import random
import uuid
from collections.abc import Iterator
from pathlib import Path

HOSTS = ("etl-01", "web-7f9c", "gw-prod-2", "spark-driver-0", "sync01")
PATHS = ("/api/v2/orders", "/reports/sales", "/health", "/static/app.3f2c.js", "/signin-oidc", "/v1.0/me/messages")
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
    "kube-probe/1.29",
    "python-requests/2.32",
)
WORDS = [
    "the",
    "request",
    "was",
    "queued",
    "and",
    "retried",
    "after",
    "a",
    "short",
    "wait",
    "because",
    "the",
    "upstream",
    "connection",
    "had",
    "been",
    "closed",
    "by",
    "the",
    "peer",
    "while",
    "data",
    "was",
    "being",
    "read",
]

SAID = {
    50076: "Because of a changed setting, or because you moved, a second factor is needed for '{id}'",
    50126: "The user name or the password is wrong",
    50173: "The grant was issued on '{time}' and is no longer good, because it was revoked",
    53003: "A policy keeps tokens from being issued",
    70043: "The refresh token was issued on {time} and has outlived the longest time of {n}",
    700016: "No application '{id}' was found in the directory '{id}'",
    7000215: "The secret is wrong for application '{id}'",
    120021: "PartnerServiceSsprInternalServiceError",
    500011: "No resource named https://{user}.contoso.example was found in the tenant '{id}'",
    50105: "The signed-in user '{user}@contoso.example' has no role for the application '{id}'",
}
"""What is said with each code, as always in the same words, with ids, times and names in between."""


class Log:
    """Lines from one seed, so that two runs make the same file."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.second = 0

    def guid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def time(self, form: str = "{} {}") -> str:
        self.second = (self.second + self.random.randint(0, 1)) % 86_400
        clock = f"{self.second // 3600:02d}:{self.second // 60 % 60:02d}:{self.second % 60:02d}"
        return form.format("2026-03-04", clock)

    def words(self, low: int, high: int) -> str:
        return " ".join(self.random.choices(WORDS, k=self.random.randint(low, high)))

    def ordinary(self) -> str:
        pick = self.random
        kind = pick.randrange(8)
        if kind == 0:
            return (
                f"10.{pick.randrange(256)}.{pick.randrange(256)}.{pick.randrange(256)} - - [{self.time('{}:{}')} +0000] "
                f'"GET {pick.choice(PATHS)}?id={pick.randrange(10**6)} HTTP/1.1" {pick.choice((200, 200, 200, 304, 404))} {pick.randrange(90_000)} "-" "{pick.choice(AGENTS)}"'
            )
        if kind == 1:
            return (
                f'{{"time":"{self.time("{}T{}Z")}","level":"info","logger":"orders.worker","request_id":"{self.guid()}","status":{pick.choice((200, 201, 404))},'
                f'"duration_ms":{pick.randrange(5000)},"message":"{self.words(8, 18)}"}}'
            )
        if kind == 2:
            return f"Mar  4 {self.time('{1}')} {pick.choice(HOSTS)} systemd[1]: Started session {pick.randrange(10**5)} of user svc-{pick.randrange(40)}: {self.words(6, 14)}"
        if kind == 3:
            return (
                f"{self.time('{} {}')},{pick.randrange(1000):03d} INFO [dispatcher-event-loop-{pick.randrange(8)}] org.apache.spark.scheduler.TaskSetManager: Finished task "
                f"{pick.randrange(200)}.0 in stage {pick.randrange(90)}.0 (TID {pick.randrange(10**5)}) in {pick.randrange(9000)} ms on {pick.choice(HOSTS)} (executor {pick.randrange(16)})"
            )
        if kind == 4:
            return f"{self.time('{1}')}  {pick.randrange(1, 90)} of 90 OK created sql view model analytics.orders_{pick.randrange(90)} {'.' * 20} [SUCCESS 1 in {pick.random() * 9:.2f}s]"
        if kind == 5:
            return (
                f"DEBUG: cli.azure.cli.core.sdk.policies: Response headers: 'x-ms-request-id': '{self.guid()}' 'x-ms-correlation-request-id': '{self.guid()}' "
                f"'Date': 'Wed, 04 Mar 2026 {self.time('{1}')} GMT' 'Content-Type': 'application/json; charset=utf-8'"
            )
        if kind == 6:
            return (
                f"DM.EnterpriseGateway Information: 0 : {self.time('{}T{}')}.1234567Z DM.EnterpriseGateway    {self.guid()}    {self.guid()}    MGEQ    {self.guid()}    0A1B2C3D "
                f"[DM.GatewayCore] {self.words(6, 12)}"
            )
        return f"{self.time('{} {}')}.{pick.randrange(1000):03d} +00:00 [INF] {self.words(16, 30)}"

    def footer(self) -> str:
        return f"Trace ID: {self.guid()} Correlation ID: {self.guid()} Timestamp: {self.time('{} {}Z')}"

    def said(self, code: int) -> str:
        text = SAID[code]
        while "{id}" in text:
            text = text.replace("{id}", self.guid(), 1)
        user = "".join(self.random.choices("abcdefghijklmnopqrstuvwxyz", k=self.random.randint(4, 9)))
        return (
            text.replace("{time}", self.time("{}T{}Z"))
            .replace("{n}", str(self.random.randint(3600, 99_999)))
            .replace("{user}", user)
        )

    def error(self) -> str:
        pick = self.random
        code = pick.choice(list(SAID))
        kind = pick.randrange(10)
        if kind < 4:
            return f"{self.time('{} {}')}.{pick.randrange(1000):03d} ERROR token.provider: AADSTS{code}: {self.said(code)}. {self.footer()}"
        if kind == 4:
            said = f"AADSTS{code}: {self.said(code)}.\\\\r\\\\nTrace ID: {self.guid()}\\\\r\\\\nCorrelation ID: {self.guid()}\\\\r\\\\nTimestamp: {self.time('{} {}Z')}"
            return f'{{"time":"{self.time("{}T{}Z")}","level":"error","message":"token failed: {{\\"error\\":\\"invalid_grant\\",\\"error_description\\":\\"{said}\\",\\"error_codes\\":[{code}]}}"}}'
        if kind == 5:
            return f'{{"createdDateTime":"{self.time("{}T{}Z")}","correlationId":"{self.guid()}","requestId":"{self.guid()}","status":{{"errorCode":{code},"failureReason":"Other."}},"appDisplayName":"Demo"}}'
        if kind == 6:
            return (
                f"DM.EnterpriseGateway Error: 0 : {self.time('{}T{}')}.1234567Z DM.EnterpriseGateway    {self.guid()}    {self.guid()}    MGEQ    {self.guid()}    0A1B2C3D "
                "[DM.GatewayCore] Query failed: DM_GWPipeline_Gateway_DataSourceAccessError"
            )
        if kind == 7:
            return f"{self.time('{} {}')},{pick.randrange(1000):03d} ERROR org.apache.spark.sql.Driver: org.apache.spark.SparkArithmeticException: [DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012"
        if kind == 8:
            return f"{self.time('{1}')}  001003 (42000): SQL compilation error: syntax error line {pick.randrange(90)} at position {pick.randrange(90)} unexpected 'x'."
        return f"{self.time('{} {}')} Operation on target Copy failed: ErrorCode=SqlOperationFailed,'Type=Demo.HybridDeliveryException,Message=A database operation failed for '{pick.randrange(90)}',Source=Demo,''Type=Demo.SqlException,SqlErrorNumber=1205,Class=13,'"


def lines(size: int, hits: float, seed: int = 20_260_304) -> Iterator[bytes]:
    """Lines until ``size`` bytes are full, ``hits`` of them errors."""
    log = Log(seed)
    made = 0
    while made < size:
        line = (log.error() if log.random.random() < hits else log.ordinary()).encode() + b"\n"
        made += len(line)
        yield line


def make(path: Path, size: int, hits: float, seed: int = 20_260_304) -> None:
    """Writes the log; ordinary lines come again and again after 64 MB, errors are always new."""
    log = Log(seed)
    pool = [log.ordinary().encode() + b"\n" for _ in range(300_000)]
    with path.open("wb") as out:
        made = 0
        while made < size:
            chunk = b"".join(
                log.error().encode() + b"\n" if log.random.random() < hits else pool[log.random.randrange(len(pool))]
                for _ in range(4096)
            )
            out.write(chunk)
            made += len(chunk)
