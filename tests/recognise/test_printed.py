"""Every published code is recognised as itself in each form in which its program usually prints it."""

from collections.abc import Iterator

import pytest

from faultbook.book.known import Known
from faultbook.recognise.printed import printed

ID = "33333333-dddd-4eee-9fff-444444444444"


def forms(one: Known) -> Iterator[str]:
    """The standard form, and the further ones of its family."""
    if text := printed(one):
        yield text
    yield from FORMS.get(one.family, lambda _: ())(one.code)


def _entra(code: str) -> Iterator[str]:
    number = code.removeprefix("AADSTS")
    footer = f"\\r\\nTrace ID: {ID}\\r\\nCorrelation ID: {ID}\\r\\nTimestamp: 2026-03-04 05:06:07Z"
    yield f'{{"error":"invalid_grant","error_description":"{code}: Something.{footer}","error_codes":[{number}]}}'
    yield f'{{"createdDateTime":"2026-03-04T05:06:07Z","userPrincipalName":"kim@contoso.example","status":{{"errorCode":{number}}}}}'
    yield f"?error=access_denied&error_description={code}%3a+Something+failed.%0d%0aTrace+ID%3a+{ID}"


def _data_factory(code: str) -> Iterator[str]:
    if not code.startswith(("ADF:", "DF-")) and "=" not in code:
        inner = f"ErrorCode={code},'Type=Demo.HybridDeliveryException,Message=x,Source=y,'"
        yield f'{{"errorCode":"2200","message":"{inner}","failureType":"UserError","target":"Copy"}}'


def _spark(code: str) -> Iterator[str]:
    if not code.endswith("Exception"):
        yield f"pyspark.errors.exceptions.captured.AnalysisException: [{code}] The thing. SQLSTATE: 42000;"


def _power_bi(code: str) -> Iterator[str]:
    if code.startswith(("DM", "Model")):
        yield f'{{"value":[{{"status":"Failed","serviceExceptionJson":"{{\\"errorCode\\":\\"{code}\\"}}"}}]}}'


def _sql_server(code: str) -> Iterator[str]:
    number = code.partition("=")[2]
    yield f"x,Source=.Net SqlClient Data Provider,SqlErrorNumber={number},Class=14,ErrorCode=-2146232060,State=1,"
    if number.isdigit():
        yield f"Msg {number}, Level 14, State 1, Line 1\nx"


FORMS = {
    "entra": _entra,
    "data-factory": _data_factory,
    "spark": _spark,
    "power-bi": _power_bi,
    "sql-server": _sql_server,
    "snowflake": lambda code: (f"snowflake.connector.errors.ProgrammingError: {code} (42S02): {ID}: Something failed",),
}


def test_every_published_code_is_recognised_in_its_usual_forms(recogniser, known):
    wrong = []
    count = 0
    for one in known:
        if one.kind != "error":
            continue
        for text in forms(one):
            count += 1
            primary = recogniser.scan(text).primary
            if primary is None or primary.code != one.code:
                wrong.append((one.code, text))
    assert count > 11_000
    assert wrong == []


def test_what_is_normal_is_no_error(recogniser, known):
    loud = [
        one.code
        for one in known
        if one.kind == "info" and (text := printed(one)) is not None and recogniser.scan(text).codes
    ]
    assert loud == []


@pytest.mark.parametrize(
    "text",
    [
        "390137 (08001): Federated authentication request URL is generated.",
        "snowflake: 390136: Authentication response is pending from IdP.",
        '{"data": null, "code": "390137", "message": "Federated authentication request URL is generated."}',
    ],
)
def test_a_step_of_a_sign_in_is_no_error(recogniser, text):
    """Snowflake numbers the steps of a federated sign-in like its failures."""
    assert recogniser.scan(text).codes == ()
    assert recogniser.scan(text.replace("390137", "390138").replace("390136", "390138")).codes != ()
