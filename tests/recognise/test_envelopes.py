"""Every shape in which errors are wrapped (research: error facts, section 2): the innermost cause is told, the outer ones are kept. All values are made up."""

import json

import pytest

TRACE = "11111111-aaaa-4bbb-8ccc-222222222200"
CORRELATION = "33333333-dddd-4eee-9fff-444444444444"
TIME = "2026-03-04 05:06:07Z"
FOOTER = f"Trace ID: {TRACE}\r\nCorrelation ID: {CORRELATION}\r\nTimestamp: {TIME}"
SENTENCE = f"AADSTS50173: Something was revoked.\r\n{FOOTER}"
BODY = {
    "error": "invalid_grant",
    "error_description": SENTENCE,
    "error_codes": [50173],
    "timestamp": TIME,
    "trace_id": TRACE,
    "correlation_id": CORRELATION,
    "error_uri": "https://login.microsoftonline.com/error?code=50173",
    "suberror": "bad_token",
}
ENTRA = ("AADSTS50173",)


def power_bi(code: str, text: str) -> dict[str, object]:
    detail = {"code": "DM_ErrorDetailNameCode_UnderlyingErrorMessage", "detail": {"type": 1, "value": text}}
    inner = {"code": code, "parameters": {}, "details": [detail], "exceptionCulprit": 1}
    return {"error": {"code": code, "pbi.error": inner}}


def activity(number: str, message: str) -> str:
    return json.dumps({"errorCode": number, "message": message, "failureType": "UserError", "target": "Copy demo"})


def refresh(**failure: object) -> str:
    return json.dumps(
        {"value": [{"requestId": TRACE, "status": "Failed", "endTime": "2026-03-04T05:06:07Z", **failure}]}
    )


SHAPES = [
    ("2.1 token endpoint", json.dumps(BODY), ENTRA),
    ("2.1 in a string", json.dumps({"body": json.dumps(BODY)}), ENTRA),
    ("2.1 in a string in a string", json.dumps({"a": json.dumps({"body": json.dumps(BODY)})}), ENTRA),
    (
        "2.1 with claims",
        json.dumps(BODY | {"claims": json.dumps({"access_token": {"capolids": {"values": [CORRELATION]}}})}),
        ENTRA,
    ),
    ("2.2 literal escapes", SENTENCE.replace("\r\n", "\\r\\n"), ENTRA),
    ("2.2 glued", SENTENCE.replace("\r\n", ""), ENTRA),
    ("2.2 one line", SENTENCE.replace("\r\n", " "), ENTRA),
    (
        "2.2 two codes in a sentence",
        f"AADSTS70002: Error validating credentials. AADSTS50053: Too many tries. {FOOTER}",
        ("AADSTS70002", "AADSTS50053"),
    ),
    (
        "2.2 refresh of a token",
        json.dumps(power_bi("DMTS_OAuthTokenRefreshFailedError", SENTENCE)),
        ("DMTS_OAuthTokenRefreshFailedError", "AADSTS50173"),
    ),
    (
        "2.2 redirect",
        f"https://contoso.example/cb?error=access_denied&error_description=AADSTS65004%3a+Declined.%0d%0aTrace+ID%3a+{TRACE}&state=x",
        ("AADSTS65004",),
    ),
    ("2.2 details of the page", f"Request Id: {TRACE}\nMessage: AADSTS50105: Not assigned.", ("AADSTS50105",)),
    ("2.2 B2C", f"AADB2C90118: Forgotten.\r\nCorrelation ID: {CORRELATION}\r\nTimestamp: {TIME}", ("AADB2C90118",)),
    ("2.2 other cloud", json.dumps(BODY | {"error_uri": "https://login.partner.microsoftonline.cn/error?code=50173"}), ENTRA),
    (
        "2.3 MSAL.NET",
        f"MSAL.NetCore.4.99.0.0.MsalUiRequiredException:\n\tErrorCode: invalid_grant\nMicrosoft.Identity.Client.MsalUiRequiredException: {SENTENCE}\n   at Demo.Main()\n\tStatusCode: 400 \n\tResponseBody: {json.dumps(BODY)}",
        ENTRA,
    ),
    (
        "2.3 serialised",
        json.dumps({"type": "MsalUiRequiredException", "error_code": "invalid_grant", "response_body": json.dumps(BODY)}),
        ENTRA,
    ),
    (
        "2.4 MSAL.js",
        f"InteractionRequiredAuthError: invalid_grant: Error(s): 50173 - Timestamp: {TIME} - Description: AADSTS50173: Revoked - Correlation ID: {CORRELATION} - Trace ID: {TRACE}",
        ENTRA,
    ),
    (
        "2.4 without a description",
        f"ServerError: invalid_grant: Error(s): 50173 - Timestamp: {TIME} - Description: Not Available - Correlation ID: {CORRELATION} - Trace ID: {TRACE}",
        ENTRA,
    ),
    ("2.5 MSAL Python", str({"error": "invalid_grant", "error_description": SENTENCE, "error_codes": [50173]}), ENTRA),
    ("2.5 azure-identity", f"azure.core.exceptions.ClientAuthenticationError: Authentication failed: {SENTENCE}", ENTRA),
    (
        "2.5 chained credential",
        f"DefaultAzureCredential failed to retrieve a token.\n\tEnvironmentCredential: Authentication failed: {SENTENCE}\n\tManagedIdentityCredential: ManagedIdentityCredential authentication unavailable",
        ENTRA,
    ),
    ("2.6 MSAL Java", f"com.microsoft.aad.msal4j.MsalInteractionRequiredException: {SENTENCE}\n\tat Demo.main(Demo.java:12)", ENTRA),
    (
        "2.7 sign-in of Graph",
        json.dumps({"createdDateTime": "2026-03-04T05:06:07Z", "userPrincipalName": "kim@contoso.example", "status": {"errorCode": 50173, "failureReason": "x"}}),
        ENTRA,
    ),
    (
        "2.8 portal table",
        f"Date (UTC),Request ID,Correlation ID,Username,Status,Sign-in error code,Failure reason\n2026-03-04T05:06:07Z,{TRACE},{CORRELATION},kim@contoso.example,Failure,50173,x",
        ENTRA,
    ),
    (
        "2.9 Log Analytics",
        f"TimeGenerated\tResultType\tResultDescription\tUserPrincipalName\tCorrelationId\n2026-03-04T05:06:07Z\t50173\tOther\tkim@contoso.example\t{CORRELATION}",
        ENTRA,
    ),
    (
        "2.9 status as a string",
        json.dumps({"TimeGenerated": "2026-03-04T05:06:07Z", "ResultType": "50173", "Status": json.dumps({"errorCode": 50173}), "UserPrincipalName": "kim@contoso.example"}),
        ENTRA,
    ),
    (
        "2.10 refresh history",
        refresh(serviceExceptionJson=json.dumps({"errorCode": "ModelRefresh_ShortMessage_ProcessingError"}), refreshAttempts=[{"attemptId": 1, "serviceExceptionJson": json.dumps({"errorCode": "DMTS_OAuthTokenRefreshFailedError"})}]),
        ("ModelRefresh_ShortMessage_ProcessingError", "DMTS_OAuthTokenRefreshFailedError"),
    ),
    (
        "2.10 description that is JSON",
        refresh(serviceExceptionJson=json.dumps({"errorCode": "ModelRefresh_ShortMessage_ProcessingError", "errorDescription": json.dumps(power_bi("DM_GWPipeline_Gateway_MashupDataAccessError", "x"))})),
        ("ModelRefresh_ShortMessage_ProcessingError", "DM_GWPipeline_Gateway_MashupDataAccessError"),
    ),
    (
        "2.10 down to the sign-in",
        refresh(serviceExceptionJson=json.dumps({"errorCode": "ModelRefresh_ShortMessage_ProcessingError", "errorDescription": json.dumps(power_bi("DMTS_OAuthTokenRefreshFailedError", SENTENCE))})),
        ("ModelRefresh_ShortMessage_ProcessingError", "DMTS_OAuthTokenRefreshFailedError", "AADSTS50173"),
    ),
    ("2.10 message of the engine", json.dumps({"extendedStatus": "Failed", "messages": [{"code": "0xC112001C", "message": "x", "type": "Error"}]}), ("0xc112001c",)),
    (
        "2.11 portal",
        f"Data source error: {json.dumps(power_bi('DM_GWPipeline_Gateway_MashupDataAccessError', 'x'))}\nCluster URI: WABI.example\nActivity ID: {CORRELATION}\nRequest ID: {TRACE}\nTime: {TIME}",
        ("DM_GWPipeline_Gateway_MashupDataAccessError",),
    ),
    (
        "2.12 gateway log",
        f"DM.EnterpriseGateway Error: 0 : 2026-03-04T05:06:07.1234567Z DM.EnterpriseGateway    {CORRELATION}    {TRACE}    MGEQ    {CORRELATION}    0A1B2C3D [DM.GatewayCore] x DM_GWPipeline_Gateway_DataSourceAccessError",
        ("DM_GWPipeline_Gateway_DataSourceAccessError",),
    ),
    (
        "2.13 copy activity",
        activity("2200", "ErrorCode=SqlFailedToConnect,'Type=Demo.HybridDeliveryException,Message=x,Source=Demo,''Type=System.Data.SqlClient.SqlException,Message=x,Source=.Net SqlClient Data Provider,SqlErrorNumber=18456,Class=14,'"),
        ("ADF:2200", "SqlFailedToConnect", "SqlErrorNumber=18456"),
    ),
    (
        "2.13 down to the sign-in",
        activity("2200", f"ErrorCode=FailedToGetOAuth2AccessToken,'Type=Demo,Message=x {SENTENCE},Source=Demo,'"),
        ("ADF:2200", "FailedToGetOAuth2AccessToken", "AADSTS50173"),
    ),
    (
        "2.13 Databricks",
        activity("3204", "Execution failed with error state: InternalError, error message: [TABLE_OR_VIEW_NOT_FOUND] x. SQLSTATE: 42P01"),
        ("ADF:3204", "TABLE_OR_VIEW_NOT_FOUND"),
    ),
    (
        "2.13 Fabric",
        json.dumps({"requestId": TRACE, "errorCode": "InvalidItemState", "message": "x", "moreDetails": [{"errorCode": "WorkspaceNotFound", "message": "y"}], "isRetriable": False}),
        ("InvalidItemState", "WorkspaceNotFound"),
    ),
    (
        "2.13 Fabric job",
        json.dumps({"id": CORRELATION, "status": "Failed", "failureReason": {"requestId": TRACE, "errorCode": "SparkCoreUnexpectedException", "message": "x"}}),
        ("SparkCoreUnexpectedException",),
    ),
    (
        "2.14 writeback event",
        f"Event ID: 33008  Source: PasswordResetService\nTrackingId: {TRACE}, Reason: Synchronization Engine returned an error hr=80230619, message=x., Context: cloudAnchor: User_{CORRELATION}",
        ("PasswordReset:33008", "0x80230619"),
    ),
    ("2.14 sync engine", "Event ID: 6329 Source: ADSync\nBAIL: MMS(42): x.cpp(123): 0x80230619 (x)", ("ADSync:6329", "0x80230619")),
    ("2.14 export", f"TimeOccurred (UTC) 2026-03-04 05:06:07\nErrorType 114\nErrorCode 0x8023134a\nTracking Id: {TRACE}", ("0x8023134a",)),
    ("2.14 pass-through", f"Passthrough Authentication request failed. RequestId: '{TRACE}'. Reason: '1328'.", ("PTA:1328",)),
    ("2.14 password hashes", f"Source: Directory Synchronization\nEvent ID: 652\nLevel: Error\nError Code: 90. Tracking ID: {TRACE}", ("ADSync:652",)),
    ("2.14 reset page", f"SSPR_0029: x. {TRACE}", ("SSPR_0029",)),
    ("2.15 Databricks REST", '{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"x"}', ("RESOURCE_DOES_NOT_EXIST",)),
    ("2.15 subcondition", "[UNRESOLVED_COLUMN.WITH_SUGGESTION] x. SQLSTATE: 42703", ("UNRESOLVED_COLUMN.WITH_SUGGESTION",)),
    ("2.15 Snowflake", f"snowflake.connector.errors.ProgrammingError: 002003 (42S02): {TRACE}: x", ("002003",)),
    (
        "2.15 dbt on Snowflake",
        "Database Error in model orders (models/orders.sql)\n  002003 (42S02): SQL compilation error:\n  x",
        ("dbt:Database Error", "002003"),
    ),
    (
        "2.15 dbt on Databricks",
        "Runtime Error in model orders (models/orders.sql)\n  [TABLE_OR_VIEW_NOT_FOUND] x. SQLSTATE: 42P01",
        ("dbt:Runtime Error", "TABLE_OR_VIEW_NOT_FOUND"),
    ),
    ("2.15 dbt Fusion", "error: dbt1005: x\n  --> models/x.sql:1:1", ("dbt1005",)),
    ("2.15 SQL Server", "Msg 18456, Level 14, State 1, Line 1\nx", ("SqlErrorNumber=18456",)),
    ("2.15 .NET", "SqlException (0x80131904): x\nClientConnectionId:a\nError Number:18456,State:1,Class:14", ("SqlErrorNumber=18456",)),
    ("2.15 management studio", "x (Microsoft SQL Server, Error: 18456)", ("SqlErrorNumber=18456",)),
    ("2.15 ODBC", "('28000', \"[28000] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]x (18456) (SQLDriverConnect)\")", ("SqlErrorNumber=18456",)),
]  # fmt: skip
OUTERMOST_SAYS_MOST = {"PasswordReset:33008", "SqlFailedToConnect"}
"""An event id, or an activity's own name for its cause, says more than the number inside it."""


@pytest.mark.parametrize(("text", "codes"), [pytest.param(text, codes, id=name) for name, text, codes in SHAPES])
def test_the_innermost_cause_is_told_and_the_outer_ones_are_kept(recogniser, text, codes):
    found = recogniser.scan(text)
    assert found.codes == codes
    assert found.primary.code == next((code for code in codes if code in OUTERMOST_SAYS_MOST), codes[-1])
    assert found.primary.chain == codes


@pytest.mark.parametrize(
    "name",
    ["2.1 token endpoint", "2.1 in a string in a string", "2.2 glued", "2.2 refresh of a token", "2.3 MSAL.NET", "2.4 MSAL.js", "2.10 down to the sign-in", "2.13 down to the sign-in"],
)  # fmt: skip
def test_ids_and_time_come_through_every_wrapping(recogniser, name):
    text = next(text for shape, text, _ in SHAPES if shape == name)
    found = recogniser.scan(text)
    assert (found.trace_id, found.correlation_id, found.timestamp) == (TRACE, CORRELATION, TIME)


def test_graph_is_looked_up_and_not_told_and_client_libraries_are_guessed_at_by_wording(recogniser, known):
    families = {one.code: one.family for one in known}
    assert (families["Authorization_RequestDenied"], families["interaction_in_progress"]) == ("graph", "msal")
    refused = {"error": {"code": "Authorization_RequestDenied", "message": "x", "innerError": {"request-id": TRACE}}}
    found = recogniser.scan(json.dumps(refused))
    assert (found.codes, found.candidates) == ((), ())
    found = recogniser.scan("BrowserAuthError: interaction_in_progress: Interaction is currently in progress.")
    assert (found.codes, found.candidates) == ((), ("interaction_in_progress",))
