"""The same error in every dress, other products in theirs, and texts in which nothing happened; all of our own making."""

import io
import json

import pytest

TRACE = "11111111-aaaa-4bbb-8ccc-222222222200"
CORRELATION = "33333333-dddd-4eee-9fff-444444444444"
TIME = "2026-03-04 05:06:07Z"
FOOTER = f"Trace ID: {TRACE} Correlation ID: {CORRELATION} Timestamp: {TIME}"
SAID = "AADSTS50076: Due to a change made by an administrator, more is needed."
BODY = {
    "error": "invalid_grant",
    "error_description": f"{SAID}\r\nTrace ID: {TRACE}\r\nCorrelation ID: {CORRELATION}\r\nTimestamp: {TIME}",
    "error_codes": [50076],
    "timestamp": TIME,
    "trace_id": TRACE,
    "correlation_id": CORRELATION,
    "error_uri": "https://login.microsoftonline.com/error?code=50076",
    "suberror": "basic_action",
}
JSON = json.dumps(BODY)
WHOLE = {"correlation_id": CORRELATION, "trace_id": TRACE, "timestamp": TIME}

SIGN_IN = [
    ("sentence", f"{SAID} {FOOTER}"),
    ("lines", f"{SAID}\r\nTrace ID: {TRACE}\r\nCorrelation ID: {CORRELATION}\r\nTimestamp: {TIME}"),
    ("glued", f"{SAID}Trace ID: {TRACE}Correlation ID: {CORRELATION}Timestamp: {TIME}"),
    ("footer-first-glued", f"Sorry.Correlation ID: {CORRELATION}Trace ID: {TRACE}Timestamp: {TIME}{SAID}"),
    ("literal-breaks", f"{SAID}\\r\\nTrace ID: {TRACE}\\r\\nCorrelation ID: {CORRELATION}\\r\\nTimestamp: {TIME}"),
    (
        "doubly-literal-breaks",
        f"{SAID}\\\\r\\\\nTrace ID: {TRACE}\\\\r\\\\nCorrelation ID: {CORRELATION}\\\\r\\\\nTimestamp: {TIME}",
    ),
    ("oauth-body", JSON),
    ("oauth-body-pretty", json.dumps(BODY, indent=4)),
    ("json-in-json", json.dumps({"message": JSON})),
    ("json-in-json-in-json", json.dumps({"message": json.dumps({"inner": JSON})})),
    ("json-four-deep", json.dumps({"a": json.dumps({"b": json.dumps({"c": JSON})})})),
    ("python-repr", repr(BODY)),
    ("python2-repr", repr(BODY).replace("'", "u'", 1).replace(": '", ": u'").replace(", '", ", u'")),
    ("cut-off", JSON[: JSON.index('"timestamp"') + 14]),
    ("html-escaped", SAID.replace("a change", "&quot;a&quot; change") + f" {FOOTER}".replace(":", "&#58;")),
    ("doubly-html-escaped", f"&amp;quot;{SAID} {FOOTER}&amp;quot;"),
    (
        "redirect",
        (
            "https://app.contoso.example/?error=invalid_grant&error_description=AADSTS50076%3a+Due+to+a+change+made.%0d%0aTrace+ID%3a+"
            f"{TRACE}%0d%0aCorrelation+ID%3a+{CORRELATION}%0d%0aTimestamp%3a+2026-03-04+05%3a06%3a07Z&error_uri=https%3a%2f%2flogin.microsoftonline.com%2ferror%3fcode%3d50076&state=x"
        ),
    ),
    ("ansi", f"\x1b[31mERROR:\x1b[0m \x1b[1m{SAID}\x1b[0m {FOOTER}"),
    ("ansi-without-escape", f"[31mERROR: {SAID}[0m {FOOTER}"),
    (
        "time-wrapped-from-its-label",
        f'{SAID}\\r\\nTrace ID: \n{TRACE}\\r\\nCorrelation ID: {CORRELATION}\\r\\nTimestamp: \n{TIME}","error_codes":[50076]}}',
    ),
    ("quoted", f"> {SAID}\n> Trace ID: {TRACE}\n> Correlation ID: {CORRELATION}\n> Timestamp: {TIME}"),
    ("markdown-code", f"```\n{SAID}\nTrace ID: {TRACE}\nCorrelation ID: {CORRELATION}\nTimestamp: {TIME}\n```"),
    ("bold", f"**{SAID}** {FOOTER}"),
    ("curly", f"\u201c{SAID} {FOOTER}\u201d"),
    ("no-break-spaces", f"{SAID} {FOOTER}".replace(" ", "\u00a0")),
    ("comma-footer", f"{SAID}, Trace ID: {TRACE}, Correlation ID: {CORRELATION}, Timestamp: {TIME}"),
    ("lower-case", f"aadsts50076: due to a change. {FOOTER}"),
    ("no-blank", f"AADSTS50076:Due to a change. {FOOTER}"),
    ("blank-before-colon", f"AADSTS50076 : Due to a change. {FOOTER}"),
    ("in-brackets", f"[AADSTS50076]: Due to a change. {FOOTER}"),
    ("split-prefix", f"AADSTS\n50076: Due to a change. {FOOTER}"),
    ("split-number", f"AADSTS500\n76: Due to a change. {FOOTER}"),
    ("thousands", f"AADSTS50,076: Due to a change. {FOOTER}"),
    (
        "framed-wrap",
        f"Connect-Demo: \n     | {SAID[:40]}\n     | {SAID[41:]} Trace ID:\n     | {TRACE} Correlation ID:\n     | {CORRELATION} Timestamp: 2026-03-04\n     | 05:06:07Z",
    ),
    (
        "container",
        f"web-1    | fail: Demo[0]\nweb-1    |       {SAID}\nweb-1    |       Trace ID: {TRACE}\nweb-1    |       Correlation ID: {CORRELATION}\nweb-1    |       Timestamp: {TIME}",
    ),
    (
        "msal-net",
        (
            f"MSAL.NetCore.4.99.0.0.MsalUiRequiredException:\n\tErrorCode: invalid_grant\nMicrosoft.Identity.Client.MsalUiRequiredException: {SAID} {FOOTER}\n"
            f"   at Contoso.Demo.Program.Main()\n\tStatusCode: 400 \n\tResponseBody: {JSON}"
        ),
    ),
    (
        "msal-js",
        f"InteractionRequiredAuthError: invalid_grant: Error(s): 50076 - Timestamp: {TIME} - Description: {SAID} - Correlation ID: {CORRELATION} - Trace ID: {TRACE}",
    ),
    (
        "msal-js-short",
        f"ServerError: invalid_grant: 50076 - [{TIME}]: {SAID} - Correlation ID: {CORRELATION} - Trace ID: {TRACE}",
    ),
    (
        "msal-python",
        f"{{'error': 'invalid_grant', 'error_description': \"{SAID} {FOOTER}\", 'error_codes': [50076], 'correlation_id': '{CORRELATION}'}}",
    ),
    (
        "msal-java",
        f"com.microsoft.aad.msal4j.MsalInteractionRequiredException: {SAID} {FOOTER}\n\tat com.example.Demo.main(Demo.java:12)",
    ),
    ("azure-identity", f"azure.core.exceptions.ClientAuthenticationError: Authentication failed: {SAID} {FOOTER}"),
    (
        "azure-identity-debug",
        f"DEBUG:azure.identity:EnvironmentCredential.get_token failed: Azure Active Directory error '(invalid_grant) {SAID}\nTrace ID: {TRACE}\nCorrelation ID: {CORRELATION}\nTimestamp: {TIME}'\nContent: {JSON[:30]}",
    ),
    (
        "azidentity-go",
        (
            "ClientSecretCredential authentication failed\nPOST https://login.microsoftonline.com/00000000-0000-4000-8000-000000000001/oauth2/v2.0/token\n"
            f"{'-' * 80}\nRESPONSE 401 Unauthorized\n{'-' * 80}\n{json.dumps(BODY, indent=2)}\n{'-' * 80}"
        ),
    ),
    (
        "adal-go",
        f"adal: Refresh request failed. Status Code = '400'. Response body: {JSON} Endpoint https://login.microsoftonline.com/x/oauth2/token",
    ),
    ("php", f'  "error" => "invalid_grant"\n  "error_description" => "{SAID} {FOOTER}"'),
    ("xml", f"<psf:text>{SAID} {FOOTER}</psf:text>"),
    (
        "terraform",
        f"\u2502 Error: building account: could not acquire access token: {SAID} {FOOTER}\n\u2502 \n\u2502   on main.tf line 3:",
    ),
    (
        "sign-in-page",
        f"Sorry, but we\u2019re having trouble signing you in.\nRequest Id: {TRACE}\nCorrelation Id: {CORRELATION}\nTimestamp: 2026-03-04T05:06:07Z\nMessage: {SAID}",
    ),
    (
        "german-page",
        f"Leider k\u00f6nnen wir Sie nicht anmelden.\nAnforderungs-ID: {TRACE}\nKorrelations-ID: {CORRELATION}\nZeitstempel: 2026-03-04T05:06:07Z\nMeldung: {SAID}",
    ),
    (
        "japanese-page",
        f"\u8981\u6c42 ID: {TRACE}\n\u76f8\u95a2 ID: {CORRELATION}\n\u30bf\u30a4\u30e0\u30b9\u30bf\u30f3\u30d7: 2026-03-04T05:06:07Z\n\u30e1\u30c3\u30bb\u30fc\u30b8: {SAID}",
    ),
    (
        "portal-details",
        f"Error Code: 50076\nRequest Id: {TRACE}\nCorrelation Id: {CORRELATION}\nTimestamp: 2026-03-04T05:06:07Z",
    ),
    (
        "error-codes-only",
        f'{{"error":"invalid_grant","error_codes":[50076],"timestamp":"{TIME}","trace_id":"{TRACE}","correlation_id":"{CORRELATION}"}}',
    ),
    (
        "sign-in-json",
        f'{{"id":"{TRACE}","createdDateTime":"2026-03-04T05:06:07Z","requestId":"{TRACE}","correlationId":"{CORRELATION}","status":{{"errorCode":50076,"failureReason":"Other."}}}}',
    ),
    (
        "diagnostic-settings",
        f'{{"time":"2026-03-04T05:06:07Z","resultType":"50076","resultDescription":"Other","category":"SignInLogs","correlationId":"{CORRELATION}","properties":{{"requestId":"{TRACE}","createdDateTime":"2026-03-04T05:06:07Z","status":{{"errorCode":50076}}}}}}',
    ),
    (
        "portal-csv",
        (
            "Date (UTC),Request ID,Correlation ID,User,Status,Sign-in error code,Failure reason\n"
            f"2026-03-04T05:05:00Z,{CORRELATION},{TRACE},Kim,Success,0,\n2026-03-04T05:06:07Z,{TRACE},{CORRELATION},Kim,Failure,50076,Other\n"
        ),
    ),
    (
        "log-analytics-tabs",
        (
            "TimeGenerated\tResultType\tResultDescription\tCorrelationId\tOriginalRequestId\n"
            f"2026-03-04T05:06:07Z\t50076\tOther\t{CORRELATION}\t{TRACE}\n"
        ),
    ),
    ("klog", f"E0304 05:06:09.123456 1 provider.go:51] token: {SAID} {FOOTER}"),
    ("syslog", f"Mar  4 05:06:08 host app[12]: {SAID} {FOOTER}"),
]
"""One sign-in error, AADSTS50076 with the same ids and the same time, in every dress."""

OTHERS: list[tuple[str, str, list[str], str]] = [
    (
        "two-in-a-sentence",
        f"AADSTS70002: Error validating credentials. AADSTS50053: The account is locked. {FOOTER}",
        ["AADSTS70002", "AADSTS50053"],
        "AADSTS50053",
    ),
    (
        "b2c",
        f"AADB2C90118: The user has forgotten their password.\nCorrelation ID: {CORRELATION}\nTimestamp: {TIME}\n",
        ["AADB2C90118"],
        "AADB2C90118",
    ),
    (
        "sspr",
        "SSPR_0029: We are unable to reset your password due to an error in your on-premises configuration.",
        ["SSPR_0029"],
        "SSPR_0029",
    ),
    ("sspr-three-digits", "SSPR_009: Your organization hasn't turned on password reset.", ["SSPR_0009"], "SSPR_0009"),
    (
        "refresh-history",
        json.dumps(
            {
                "value": [
                    {
                        "status": "Failed",
                        "serviceExceptionJson": json.dumps({"errorCode": "ModelRefreshFailed_CredentialsNotSpecified"}),
                    }
                ]
            }
        ),
        ["ModelRefreshFailed_CredentialsNotSpecified"],
        "ModelRefreshFailed_CredentialsNotSpecified",
    ),
    (
        "refresh-wraps-gateway-wraps-sign-in",
        json.dumps(
            {
                "serviceExceptionJson": json.dumps(
                    {
                        "errorCode": "ModelRefresh_ShortMessage_ProcessingError",
                        "errorDescription": json.dumps(
                            {
                                "error": {
                                    "code": "DMTS_OAuthTokenRefreshFailedError",
                                    "pbi.error": {
                                        "code": "DMTS_OAuthTokenRefreshFailedError",
                                        "parameters": {},
                                        "details": [
                                            {
                                                "code": "DM_ErrorDetailNameCode_UnderlyingErrorMessage",
                                                "detail": {
                                                    "type": 1,
                                                    "value": f"AADSTS50173: The grant is revoked. {FOOTER}",
                                                },
                                            }
                                        ],
                                        "exceptionCulprit": 1,
                                    },
                                }
                            }
                        ),
                    }
                )
            }
        ),
        ["ModelRefresh_ShortMessage_ProcessingError", "DMTS_OAuthTokenRefreshFailedError", "AADSTS50173"],
        "AADSTS50173",
    ),
    (
        "pbi-error-of-any-name",
        '{"error":{"code":"DatasetExecuteQueriesError","pbi.error":{"code":"DatasetExecuteQueriesError","parameters":{},"details":[{"code":"DetailsMessage","detail":{"type":1,"value":"x"}}]}}}',
        ["DatasetExecuteQueriesError"],
        "DatasetExecuteQueriesError",
    ),
    (
        "gateway-log",
        "DM.EnterpriseGateway Error: 0 : 2026-03-04T05:06:07.1234567Z DM.EnterpriseGateway    cccc3333-0000-4000-8000-000000000003    dddd4444-0000-4000-8000-000000000004    MGEQ    eeee5555-0000-4000-8000-000000000005    0A1B2C3D [DM.GatewayCore] It failed: DM_GWPipeline_Gateway_DataSourceAccessError",
        ["DM_GWPipeline_Gateway_DataSourceAccessError"],
        "DM_GWPipeline_Gateway_DataSourceAccessError",
    ),
    (
        "gateway-dialog",
        "Unable to connect\nDetails: DM_GWPipeline_Client_GatewayUnreachable\nHide details",
        ["DM_GWPipeline_Client_GatewayUnreachable"],
        "DM_GWPipeline_Client_GatewayUnreachable",
    ),
    (
        "gateway-status",
        "Status code: 400 Error Code: DMTS_PublishDatasourceToClusterErrorCode Time: Wed Mar 04 2026",
        ["DMTS_PublishDatasourceToClusterErrorCode"],
        "DMTS_PublishDatasourceToClusterErrorCode",
    ),
    (
        "mashup",
        "DataSource.Error: Web.Contents failed. Microsoft.Data.Mashup.ErrorCode = 10478. DataSourceKind = Web.",
        ["Microsoft.Data.Mashup.ErrorCode=10478"],
        "Microsoft.Data.Mashup.ErrorCode=10478",
    ),
    (
        "activity",
        json.dumps(
            {
                "errorCode": "2200",
                "message": "ErrorCode=SqlOperationFailed,'Type=Demo.HybridDeliveryException,Message=A database operation failed.,Source=,''Type=System.Data.SqlClient.SqlException,Message=Login failed.,Source=.Net SqlClient Data Provider,SqlErrorNumber=18456,Class=14,ErrorCode=-2146232060,State=1,'",
                "failureType": "UserError",
                "target": "Copy demo",
                "details": [],
            }
        ),
        ["ADF:2200", "SqlOperationFailed", "SqlErrorNumber=18456"],
        "SqlOperationFailed",
    ),
    (
        "activity-code-last",
        '{"message":"ErrorCode=ParquetJavaInvocationException,\'Type=Demo,Message=An error occurred.","failureType":"UserError","target":"Copy demo","errorCode":"2200"}',
        ["ADF:2200", "ParquetJavaInvocationException"],
        "ParquetJavaInvocationException",
    ),
    (
        "activity-portal",
        "Error code\n2108\nFailure type\nUser configuration issue\nDetails\nInvoking the endpoint failed.",
        ["ADF:2108"],
        "ADF:2108",
    ),
    (
        "activity-sentence",
        "Operation on target Copy demo failed: Failure happened on 'Sink' side. ErrorCode=UserErrorInvalidColumnMappingColumnNotFound,'Type=Demo,Message=No column.",
        ["UserErrorInvalidColumnMappingColumnNotFound"],
        "UserErrorInvalidColumnMappingColumnNotFound",
    ),
    (
        "data-flow",
        '{"StatusCode":"DF-Executor-OutOfMemoryError","Message":"Job failed due to reason: at Sink \'out\': no memory","Details":""}',
        ["DF-Executor-OutOfMemoryError"],
        "DF-Executor-OutOfMemoryError",
    ),
    (
        "cut-off-in-a-detail",
        '{"error":{"code":"DMTS_OAuthTokenRefreshFailedError","pbi.error":{"code":"DMTS_OAuthTokenRefreshFailedError","details":[{"code":"DM_ErrorDeta',
        ["DMTS_OAuthTokenRefreshFailedError"],
        "DMTS_OAuthTokenRefreshFailedError",
    ),
    (
        "portal-copied-to-a-line",
        "SIGN-IN ERROR CODE - 81012\nFAILURE REASONThe user is different from the user signed into the device.",
        ["AADSTS81012"],
        "AADSTS81012",
    ),
    (
        "saml-client",
        "error authenticating to IdP.: login error **50196**\n```",
        ["AADSTS50196"],
        "AADSTS50196",
    ),
    (
        "room-system",
        '{"Description":"Network status : Healthy. **Exchange status : 80131500 : AADSTS50076. Signin status: NotApplicable.**"}',
        ["AADSTS50076"],
        "AADSTS50076",
    ),
    (
        "fabric-client",
        "Exception: Response status code does not indicate success: 403 (Forbidden).; API error code: 'FeatureNotAvailable'",
        ["FeatureNotAvailable"],
        "FeatureNotAvailable",
    ),
    (
        "snowflake-node-json",
        '{"name":"NetworkError","code":401001,"message":"Network error. Could not reach Snowflake.","cause":{"code":"ESOCKETTIMEDOUT"}}',
        ["401001"],
        "401001",
    ),
    (
        "snowflake-in-a-pool",
        "HikariPool-1 - Connection net.snowflake.client.jdbc.SnowflakeConnectionV1@1 marked as broken because of SQLSTATE(57P03), ErrorCode(606) net.snowflake.client.jdbc.SnowflakeSQLException: No warehouse.",
        ["000606"],
        "000606",
    ),
    (
        "snowflake-in-flyway",
        "SQL State  : 02000\nError Code : 2003\nMessage    : Something does not exist, said Snowflake.",
        ["002003"],
        "002003",
    ),
    (
        "linux-sign-in",
        "pam_aad(gdm-password:auth): Unknown error code(s) from server: [50055]",
        ["AADSTS50055"],
        "AADSTS50055",
    ),
    (
        "report-server-chain",
        "An error has occurred during report processing. (rsProcessingAborted)\nQuery execution failed for dataset 'Demo'. (rsErrorExecutingCommand)",
        ["rsProcessingAborted", "rsErrorExecutingCommand"],
        "rsErrorExecutingCommand",
    ),
    (
        "paginated-report",
        "rsQueryMemoryLimitExceeded\nMore detailsResource Governing: this query uses more than it may.",
        ["rsQueryMemoryLimitExceeded"],
        "rsQueryMemoryLimitExceeded",
    ),
    (
        "snowflake-in-dbeaver",
        "SQL Error [2003] [02000]: SQL compilation error:\nDatabase 'DEMO' does not exist or not authorized.",
        ["002003"],
        "002003",
    ),
    (
        "livy",
        "Error: InvalidHttpRequestToLivy: [TooManyRequestsForCapacity] This spark job can't be run. HTTP status code: 430.",
        ["InvalidHttpRequestToLivy", "TooManyRequestsForCapacity"],
        "TooManyRequestsForCapacity",
    ),
    (
        "fabric-rest",
        '{"requestId":"dddd4444-0000-4000-8000-000000000004","errorCode":"InsufficientPrivileges","message":"The caller does not have sufficient permissions."}',
        ["InsufficientPrivileges"],
        "InsufficientPrivileges",
    ),
    (
        "spark-condition",
        "pyspark.errors.exceptions.captured.AnalysisException: [TABLE_OR_VIEW_NOT_FOUND] The table `a`.`b` cannot be found. SQLSTATE: 42P01;",
        ["TABLE_OR_VIEW_NOT_FOUND"],
        "TABLE_OR_VIEW_NOT_FOUND",
    ),
    (
        "delta-path-first",
        "[DELTA_PATH_DOES_NOT_EXIST] /mnt/lake/orders does not exist, or is not a Delta table.",
        ["DELTA_PATH_DOES_NOT_EXIST"],
        "DELTA_PATH_DOES_NOT_EXIST",
    ),
    (
        "spark-subcondition",
        "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column named `x` cannot be resolved. SQLSTATE: 42703",
        ["UNRESOLVED_COLUMN.WITH_SUGGESTION"],
        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
    ),
    (
        "spark-not-published",
        "org.apache.spark.SparkException: [SOME_NEW_CONDITION] Something new failed.",
        ["SOME_NEW_CONDITION"],
        "SOME_NEW_CONDITION",
    ),
    (
        "spark-by-state",
        "[ANOTHER_NEW_ONE] Something new failed. SQLSTATE: XX000",
        ["ANOTHER_NEW_ONE"],
        "ANOTHER_NEW_ONE",
    ),
    (
        "databricks-rest",
        '{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Node does not exist."}',
        ["RESOURCE_DOES_NOT_EXIST"],
        "RESOURCE_DOES_NOT_EXIST",
    ),
    (
        "databricks-said",
        "Error: PERMISSION_DENIED: User does not have CREATE CATALOG on Metastore 'main'.",
        ["PERMISSION_DENIED"],
        "PERMISSION_DENIED",
    ),
    (
        "cluster-reason",
        "Cluster '0304-050607-abc' was terminated. Reason: CONTROL_PLANE_REQUEST_FAILURE (CLIENT_ERROR). Parameters: x",
        ["CONTROL_PLANE_REQUEST_FAILURE"],
        "CONTROL_PLANE_REQUEST_FAILURE",
    ),
    (
        "cluster-state",
        "Cluster x is in unexpected state Terminated: INIT_SCRIPT_FAILURE(CLIENT_ERROR): instance_id:1",
        ["INIT_SCRIPT_FAILURE"],
        "INIT_SCRIPT_FAILURE",
    ),
    (
        "cluster-json",
        '{"state":"TERMINATED","termination_reason": {"code": "CLOUD_PROVIDER_LAUNCH_FAILURE", "type": "CLOUD_FAILURE"}}',
        ["CLOUD_PROVIDER_LAUNCH_FAILURE"],
        "CLOUD_PROVIDER_LAUNCH_FAILURE",
    ),
    (
        "delta-class",
        "com.databricks.sql.transaction.tahoe.ConcurrentAppendException: Files were added.",
        ["ConcurrentAppendException"],
        "ConcurrentAppendException",
    ),
    (
        "snowflake",
        "snowflake.connector.errors.ProgrammingError: 002003 (42S02): 01b2c3d4-0000-aaaa-0000-000000000001: SQL compilation error:\nObject 'X' does not exist or not authorized.",
        ["002003"],
        "002003",
    ),
    (
        "snowflake-begins-small",
        "snowflake.connector.errors.ProgrammingError: 251017: workload_identity_provider was set but authenticator was not set to WORKLOAD_IDENTITY",
        ["251017"],
        "251017",
    ),
    (
        "snowflake-begins-small-twice",
        "snowflake.connector.errors.OperationalError: 251009: 251009: localhost is not found. Ensure /etc/hosts has localhost entry.",
        ["251009"],
        "251009",
    ),
    (
        "snowflake-status-added",
        "snowflake.connector.errors.HttpError: 290404 (08001): 404 Not Found: post contoso.snowflakecomputing.com:443/session/v1/login-request",
        ["290404"],
        "290404",
    ),
    (
        "snowflake-number-added-twice",
        "snowflake.connector.errors.ForbiddenError: 540001 (08001): Failed to connect to DB. Verify the account name is correct: demo.snowflakecomputing.com:443.",
        ["540001"],
        "540001",
    ),
    (
        "snowflake-no-state",
        "snowflake.connector.errors.DatabaseError: 250001 (08001): None: Failed to connect to DB",
        ["250001"],
        "250001",
    ),
    (
        "snowflake-number",
        "250001: 250001: Could not connect to Snowflake backend after 2 attempt(s). Aborting",
        ["250001"],
        "250001",
    ),
    (
        "snowflake-json",
        '{"data":null,"code":"390100","message":"Incorrect username or password was specified.","success":false}',
        ["390100"],
        "390100",
    ),
    (
        "snowflake-node",
        "OperationFailedError: SQL compilation error\n  code: '002003',\n  sqlState: '42S02',",
        ["002003"],
        "002003",
    ),
    (
        "snowflake-node-client",
        "Error [ClientError]: Connection already terminated.\n    at createError (/srv/node_modules/snowflake-sdk/lib/errors.js:382:17) {\n  code: 405503,\n  sqlState: '08003'\n}",
        ["405503"],
        "405503",
    ),
    (
        "sql-message",
        "Msg 18456, Level 14, State 1, Server DB1, Line 1\nLogin failed for user 'x'.",
        ["SqlErrorNumber=18456"],
        "SqlErrorNumber=18456",
    ),
    (
        "sql-net",
        "Microsoft.Data.SqlClient.SqlException (0x80131904): Login failed for user 'x'.\nClientConnectionId:a\nError Number:18456,State:1,Class:14",
        ["SqlErrorNumber=18456"],
        "SqlErrorNumber=18456",
    ),
    (
        "sql-odbc",
        "('28000', \"[28000] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]Login failed for user 'x'. (18456) (SQLDriverConnect)\")",
        ["SqlErrorNumber=18456"],
        "SqlErrorNumber=18456",
    ),
    (
        "dbt-model",
        "05:06:07  Database Error in model orders (models/orders.sql)\n05:06:07    001003 (42000): SQL compilation error:",
        ["dbt:Database Error", "001003"],
        "001003",
    ),
    (
        "dbt-compilation",
        "Encountered an error:\nCompilation Error in model orders (models/orders.sql)\n  Model 'orders' depends on a node named 'x' which was not found",
        ["dbt:Compilation Error"],
        "dbt:Compilation Error",
    ),
    (
        "dbt-cut-after-the-kind",
        "07:08:09  Encountered an error:\nRuntime Error",
        ["dbt:Runtime Error"],
        "dbt:Runtime Error",
    ),
    (
        "power-bi-provider-result",
        "Orders\nOLE DB or ODBC error: Exception from HRESULT: 0x80040E1D.",
        ["0x80040e1d"],
        "0x80040e1d",
    ),
    (
        "dbt-runtime",
        "Encountered an error:\nRuntime Error\n  Could not find profile named 'demo'",
        ["dbt:Runtime Error"],
        "dbt:Runtime Error",
    ),
    (
        "dbt-results",
        json.dumps(
            {
                "results": [
                    {
                        "status": "error",
                        "message": "Database Error in model a (models/a.sql)\n  [DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012",
                    }
                ]
            }
        ),
        ["dbt:Database Error", "DIVIDE_BY_ZERO"],
        "DIVIDE_BY_ZERO",
    ),
    ("dbt-fusion", "error: dbt1005: Found duplicate model", ["dbt1005"], "dbt1005"),
    ("dbt-fusion-named", "[error] [InvalidConfig (dbt1005)]: Found duplicate model", ["dbt1005"], "dbt1005"),
    ("dbt-fusion-flag", "error: dbt1005: --select names no model", ["dbt1005"], "dbt1005"),
    (
        "writeback-event",
        "Log Name:      Application\nSource:        PasswordResetService\nDate:          3/4/2026 5:06:07 AM\nEvent ID:      33008\nLevel:         Error\nDescription:\nTrackingId: ffff6666-0000-4000-8000-000000000006, Reason: Synchronization Engine returned an error hr=80230619, message=A restriction.",
        ["PasswordReset:33008", "0x80230619"],
        "PasswordReset:33008",
    ),
    (
        "writeback-event-xml",
        "<Event><System><Provider Name='PasswordResetService'/><EventID Qualifiers='0'>33004</EventID><Level>2</Level></System></Event>",
        ["PasswordReset:33004"],
        "PasswordReset:33004",
    ),
    (
        "writeback-event-row",
        "Error\t3/4/2026 5:06:07 AM\tPasswordResetService\t33004\tNone",
        ["PasswordReset:33004"],
        "PasswordReset:33004",
    ),
    ("writeback-event-header", "Event 33008, PasswordResetService", ["PasswordReset:33008"], "PasswordReset:33008"),
    (
        "sync-event",
        "Source: ADSync\nEvent ID: 6329\nBAIL: MMS(4924): X:\\bt\\1\\server.cpp(11645): 0x80230402 (Failed)",
        ["ADSync:6329", "0x80230402"],
        "0x80230402",
    ),
    (
        "security-event",
        "Log Name: Security\nSource: Microsoft-Windows-Security-Auditing\nEvent ID: 4724\nKeywords: Audit Failure\nAn attempt was made to reset an account's password.",
        ["WinSec:4724"],
        "WinSec:4724",
    ),
    (
        "pass-through",
        "Passthrough Authentication request failed. RequestId: 'dddd4444-0000-4000-8000-000000000004'. Reason: '1328'.",
        ["PTA:1328"],
        "PTA:1328",
    ),
    ("only-the-code", "AADSTS120021", ["AADSTS120021"], "AADSTS120021"),
    ("only-the-quoted-code", '"AADSTS120021".', ["AADSTS120021"], "AADSTS120021"),
    ("not-published", f"AADSTS899999: Something new. {FOOTER}", ["AADSTS899999"], "AADSTS899999"),
    ("symbolic-name-behind", "AADSTS120021: PartnerServiceSsprInternalServiceError", ["AADSTS120021"], "AADSTS120021"),
    ("broker-on-screen", "Something went wrong. [1001]\nError code: CAA20003", ["0xcaa20003"], "0xcaa20003"),
    ("broker-device-status", "          Client ErrorCode : 0xcaa82ee2\n", ["0xcaa82ee2"], "0xcaa82ee2"),
    (
        "broker-event",
        "Event ID: 1098\nError: 0xCAA5001C The broker failed. Error: -895352823 (0xcaa20009), Description: AADSTS50011: No such address.",
        ["0xcaa5001c", "AADSTS50011"],
        "AADSTS50011",
    ),
    (
        "broker-behind",
        f"{SAID} {FOOTER}. Status: Status_InteractionRequired, Error code: 3399614476, Tag: 557973645",
        ["AADSTS50076"],
        "AADSTS50076",
    ),
    (
        "broker-beside-another-number",
        f"SqlException (0x80131904): Failed to authenticate. {SAID}\nError code 0xCAA2000C; state 10",
        ["AADSTS50076"],
        "AADSTS50076",
    ),
    ("broker-first", "CAA20003: The sign-in ended.", ["0xcaa20003"], "0xcaa20003"),
    ("broker-of-msal", "[RuntimeBroker] WAM_provider_error_3399614467 WAM Error", ["0xcaa20003"], "0xcaa20003"),
    ("broker-of-office", "We can't connect you.\n0xCAA80000\nlogin.microsoftonline.com", ["0xcaa80000"], "0xcaa80000"),
    (
        "broker-of-odbc",
        "Failed to authenticate in Active Directory.\nError code 0xCAA50017; state 10",
        ["0xcaa50017"],
        "0xcaa50017",
    ),
    (
        "broker-running-on",
        "IncorrectConfiguration, Error code: 3399614466, Tag: 557973643",
        ["0xcaa20002"],
        "0xcaa20002",
    ),
    ("broker-number", "WAM Error  Error Code: 3399614476", ["0xcaa2000c"], "0xcaa2000c"),
    (
        "library-status",
        "Library could not be installed. Error Code: DRIVER_LIBRARY_INSTALLATION_FAILURE. Error Message: no such file",
        ["DRIVER_LIBRARY_INSTALLATION_FAILURE"],
        "DRIVER_LIBRARY_INSTALLATION_FAILURE",
    ),
    (
        "dataflow-job",
        "Refresh job failed. Failure reason: { requestId: 1, errorCode: SPNBasedRefreshNotAllowed, message: Not for it. }",
        ["SPNBasedRefreshNotAllowed"],
        "SPNBasedRefreshNotAllowed",
    ),
    (
        "terraform-fabric",
        "Could not create resource\n\nError Code: BadRequest / PrincipalTypeNotSupported",
        ["PrincipalTypeNotSupported"],
        "PrincipalTypeNotSupported",
    ),
    (
        "answer-in-an-output",
        json.dumps(
            {
                "stderr": "",
                "stdout": 'Error: b\'{"error_code":"INVALID_PARAMETER_VALUE","message":"No such scope"}\'\r\n',
            }
        ),
        ["INVALID_PARAMETER_VALUE"],
        "INVALID_PARAMETER_VALUE",
    ),
    (
        "rust-client",
        'ERROR [error]: AADSTSError(AADSTSError { code: 500121, description: "AADSTS5001>',
        ["AADSTS500121"],
        "AADSTS500121",
    ),
]

NOTHING: list[tuple[str, str]] = [
    (
        "table",
        "| Code | Name |\n|---|---|\n| AADSTS50133 | SsoArtifactRevoked |\n| AADSTS50173 | FreshTokenNeeded: the grant is revoked |",
    ),
    ("table-row-with-sentence", "| AADSTS50126: Error validating credentials | wrong password |"),
    ("heading", "### AADSTS700016 \u2014 Application not found"),
    ("heading-with-colon", "## AADSTS50011: The redirect URI does not match"),
    ("prose", "The job ended with AADSTS50126 (InvalidUserNameOrPassword) last week; a retry helped."),
    ("prose-when", "Users see AADSTS50105 when nobody assigned them to the application."),
    ("prose-such-as", "It also handles errors such as AADSTS50076: multifactor needed, and others."),
    ("list", "The list goes on with AADSTS120018, AADSTS120020 and AADSTS120021."),
    ("link", "See https://login.microsoftonline.com/error?code=50011 for what it means."),
    ("anchor", "https://learn.contoso.example/errors#AADSTS65001"),
    ("slug", "https://support.contoso.example/error-code-aadsts50105-user-not-assigned"),
    ("python-constant", 'RETRY = {"AADSTS50076", "AADSTS50079"}'),
    ("python-if", 'if "AADSTS50126: Error validating credentials" in message:\n    retry()'),
    ("js-test", "  expect(message).toContain('AADSTS50105: The signed in user is not assigned');"),
    ("js-throw", 'throw new Error("AADSTS50105: The signed in user is not assigned");'),
    ("comment", "// AADSTS50076: the user must use multifactor authentication"),
    ("yaml-list", "ignored_codes:\n  - AADSTS53003\n  - AADSTS50076"),
    ("environment", 'IGNORED_CODES: "AADSTS53003 AADSTS50076 AADSTS50079"'),
    ("query", 'SigninLogs\n| where ResultType == "50126"\n| summarize count() by UserPrincipalName'),
    ("query-in", 'SigninLogs | where ResultType in ("50126", "50053")'),
    ("question", "Sign-in error code: 700051? The page does not list it."),
    ("bare-number", "51005 is not in this list."),
    ("port", "The service listens on port 50011."),
    ("success-row", '{"createdDateTime":"2026-03-04T05:06:07Z","status":{"errorCode":0,"failureReason":"Other."}}'),
    ("foreign-number", '{"errorCode": 50001, "message": "stock exhausted"}'),
    ("longer-number", "AADSTS12002100: not a code"),
    ("gateway-prose", "We get DM_GWPipeline_Gateway_MashupDataAccessError on some days."),
    ("spark-diff", "+INTERVAL_DIVIDED_BY_ZERO:   # split off from DIVIDE_BY_ZERO\n+  sqlState: '22012'"),
    ("log-levels", "[WARNING] low memory [MAIN_THREAD] Started [INFO] done"),
    ("feature-flag", "[FEATURE_FLAG_X] Enabled for all users"),
    ("tls", "ssl.SSLError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
    ("node", "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'"),
    ("mysql", "SQLSTATE[28000] [1045] Access denied for user 'root'@'localhost'"),
    ("order-number", "Order 123456 (12345) was shipped."),
    (
        "normal-writeback",
        "PasswordResetService 31002 TrackingId: ffff6666-0000-4000-8000-000000000006, PasswordResetSuccess",
    ),
    ("security-success", "Source: Microsoft-Windows-Security-Auditing\nEvent ID: 4724\nKeywords: Audit Success"),
    ("other-event", "Source: Microsoft-Windows-GroupPolicy\nEvent ID: 1058\nLevel: Error"),
    ("dbt-success", "05:06:07  Completed successfully\n05:06:07  Done. PASS=12 WARN=0 ERROR=0 SKIP=0 TOTAL=12"),
    ("python-runtime-error", "RuntimeError: dictionary changed size during iteration"),
    ("refusal-of-windows", "The update failed with 0x80070005: Access is denied. hr=80070005"),
    ("broker-in-a-word", "The colour 0xcaabcd12 and CAAB1234 and deadcaa20003."),
    ("broker-prose", "The list explains CAA20003 in its second row."),
    ("no-number", "There was an error parsing the answer. (Microsoft SQL Server, Error: 0)"),
    ("number-of-another", "tableau.ServerResponseError:\n\n409093: Conflict"),
    ("named-argument", '+        u.failAnalysis(errorClass = "TABLE_OR_VIEW_NOT_FOUND",'),
    ("hresult-prose", "The value 0x80230619 is described further below."),
    ("generic-hresult", "System.Runtime.InteropServices.COMException (0x80004005): Unspecified error"),
    ("oauth-of-another", '{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}'),
    ("ldap", "80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 52e, v3839"),
    ("cisco", "000123: *Mar  4 05:06:07.123: %LINK-3-UPDOWN: Interface up"),
    ("empty", ""),
    ("blank", " \n\t\n"),
]


@pytest.mark.parametrize(("text"), [pytest.param(text, id=name) for name, text in SIGN_IN])
def test_a_sign_in_error_is_found_in_every_dress(recogniser, text):
    found = recogniser.scan(text)
    assert found.codes == ("AADSTS50076",)
    assert found.primary.code == "AADSTS50076"
    assert (found.correlation_id, found.trace_id) == (WHOLE["correlation_id"], WHOLE["trace_id"])
    assert found.timestamp.replace("T", " ").replace("+", " ") == WHOLE["timestamp"]


@pytest.mark.parametrize(("text", "codes", "primary"), [pytest.param(*rest, id=name) for name, *rest in OTHERS])
def test_other_products_are_told_by_how_they_print(recogniser, text, codes, primary):
    found = recogniser.scan(text)
    assert (list(found.codes), found.primary.code) == (codes, primary)


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in NOTHING])
def test_what_is_only_mentioned_did_not_happen(recogniser, text):
    found = recogniser.scan(text)
    assert (found.codes, found.primary, found.occurrences, found.candidates) == ((), None, (), ())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=name)
        for name, text, *_ in [*SIGN_IN, *OTHERS]
        if name not in {"portal-csv", "log-analytics-tabs"}
    ],
)
def test_a_stream_finds_what_a_text_shows(recogniser, text):
    streamed = [one.code for one in recogniser.scan_stream(io.BytesIO(text.encode()))]
    assert list(dict.fromkeys(streamed)) == list(recogniser.scan(text).codes)


@pytest.mark.parametrize(
    "text",
    [
        '{"error":{"code":"DMTS_MonikerNotFoundError","pbi.error":{"code":"DMTS_MonikerNotFoundError"}}} Table: orders.\n\tCluster URIwabi.analysis.windows.net\n\tTime2026-03-04 05:06:07Z',
        "<td>{&quot;error&quot;:{&quot;code&quot;:&quot;DMTS_MonikerNotFoundError&quot;,&quot;pbi.error&quot;:{}}}</td></tr>\n<tr><td>Time:</td><td>2026-03-04 05:06:07Z</td></tr>",
    ],
    ids=["dialog-without-colons", "table-of-a-mail"],
)
def test_the_time_of_a_refresh_is_read_however_its_dialog_was_copied(recogniser, text):
    assert recogniser.scan(text).timestamp == TIME


@pytest.mark.parametrize(
    "text",
    ["Some people see sign-in error 50126, which means a wrong password.", "Whoever gets login error 50196 waits."],
)
def test_a_number_in_a_sentence_about_it_did_not_happen(recogniser, text):
    assert recogniser.scan(text).codes == ()
