"""Source code, tests, rules, queries and articles name codes; what a program printed looks similar and is an error."""

import pytest

NAMED = [
    ("comment-behind", "    InvalidKey,   // AADSTS700027 - The assertion is signed by another key\n    Expired,"),
    (
        "argument-of-new",
        'var e = new SignInException(\n    "AADSTS700027",\n    "AADSTS700027: The assertion is signed by another key.");',
    ),
    ("argument-of-method", '\t}).Return(nil, errors.New("RESOURCE_DOES_NOT_EXIST: Catalog is not there"))\n\t}'),
    ("argument-behind-another", 'checkError(caught, "DELTA_METADATA_MISMATCH: The schema differs")'),
    ("json-as-argument", """w.Write([]byte(`{"error_code":"NOT_FOUND","message":"no such image"}`))"""),
    ("assigned-call", 'jobs.output.return_value = Output(error="Made up [TABLE_OR_VIEW_NOT_FOUND] a_table")'),
    ("assigned-field", 'Response.Body = \'\'\'{"error_code": "NOT_FOUND", "message": "no such image"}\'\'\''),
    (
        "object-literal",
        'const OFFLINE = {\n  online: false,\n  errorCode: "DM_GWPipeline_Client_GatewayUnreachable",\n};',
    ),
    (
        "composite-literal",
        '\tResponse: map[string]string{\n\t\t"error_code": "RESOURCE_CONFLICT",\n\t\t"message":    "Busy",\n\t},',
    ),
    (
        "keyword-argument",
        '    raise ServiceError(\n        "Not switched on.",\n        error_code="FEATURE_DISABLED",\n    )',
    ),
    (
        "assigned-in-brackets",
        'def test_of_rights():\n    error = (\n        "demo.ProgrammingError: 003001 (42501): SQL "\n        "access control error"\n    )',
    ),
    (
        "pieces-of-a-literal",
        '        "demo.ProgrammingError: 000904 (42000): SQL compilation error: "\n        "invalid identifier \'{col}\'",',
    ),
    (
        "docstring",
        '    """\n    Seen now and then:\n\n    Database Error in model orders (models/orders.sql)\n      gone\n    """\n    n = 0',
    ),
    ("list-of-markers", 'markers = (\n    "Database Error in model",\n    "Runtime Error in model",\n)'),
    (
        "changed-lines",
        '-    self.assertRegex(str(e), "no column")\n+    self.assertRegex(str(e),\n+                     "[UNRESOLVED_COLUMN] A column is not there")',
    ),
    (
        "sigma-rule",
        "    selection:\n        ResultType: 53003\n        Resultdescription: Blocked\n    condition: selection",
    ),
    (
        "query-of-fields",
        'event.dataset: "sign-ins"\n    and azure.signinlogs.properties.status.error_code: 700016\n    and not app: *',
    ),
    (
        "table-of-messages",
        '"DELTA_X" : {\n    "message" : [\n      "ProtocolChangedException: The version has been changed. <details>"\n    ],',
    ),
    ("code-in-brackets", "- Clock skew (`AADSTS700024`): the account waits for ten minutes."),
    ("message-in-a-sentence", "The last run said `AADSTS700024: The assertion is too old` and nothing else."),
    ("message-as-subject", "`AADSTS700024: The assertion is too old` is what it looks like."),
    (
        "answer-in-a-sentence",
        'On failure it answers with `{"error": {"code": "DM_GWPipeline_Client_GatewayUnreachable", "pbi.error": {"code": "x"}}}`.',
    ),
    (
        "article",
        '**Issue**: "AADSTS50011: The reply address differs"\n- **Cause**: another address\n- **Fix**: register it',
    ),
    ("missing-from-a-page", "This page is missing AADSTS7000215: Another secret is needed."),
    ("method-named-like-an-exception", '\t}.ExpectError(t, "RESOURCE_DOES_NOT_EXIST: Principal is not there")'),
    (
        "condition-in-a-sentence",
        "Look for `a.status: 1 and azure.signinlogs.properties.status.error_code: 50053` in the sign-in logs.",
    ),
    ("mapping-to-names", "    GATEWAY_TIMEOUT: GatewayTimeout,\n    BAD_REQUEST: BadRequest,\n}"),
    ("explained-code", "- AADB2C90118: password was forgotten"),
    ("explained-in-a-sentence", "More scenarios for AADSTS90094: user assignment is needed and nobody agreed yet."),
    ("quoted-in-a-sentence", 'There is an error "AADSTS7000218: The request lacks a secret"; it helps to pass one.'),
    (
        "number-in-a-sentence",
        "The job fails with error code 700016 (no such application) where the tenant is another one.",
    ),
    (
        "event-as-subject",
        "Event 33008 ADPasswordPolicyError is also raised for somebody who may not change the password.",
    ),
    ("quoted-heading", "You get \"Database Error in model 'orders' (models/orders.sql)\"; then look at the log."),
    ("such-errors-as", "The test is about [TABLE_OR_VIEW_NOT_FOUND] that a schema without tables gives."),
]

PRINTED = [
    ("exception-as-built", "ClientAuthenticationError('AADSTS50076: Somebody must do more.')", "AADSTS50076"),
    (
        "object-of-node",
        "AuthError {\n  errorCode: 'invalid_grant',\n  errorMessage: 'AADSTS50076: Do more.'\n}",
        "AADSTS50076",
    ),
    ("json-of-json", '{\n  "error": {\n    "details": [\n      "AADSTS50076: Do more."\n    ]\n  }\n}', "AADSTS50076"),
    (
        "traceback",
        'Traceback:\n  File "a.py", line 3, in run\n    return ask(\n           ^^^^\ndemo.ProgrammingError: 001003 (42000): SQL compilation error:',
        "001003",
    ),
    (
        "pytest",
        "    def test_of_sign_in():\n>       ask()\nE       demo.ProgrammingError: 001003 (42000): SQL compilation error:",
        "001003",
    ),
    (
        "footed-in-code",
        'raise Refused(\n    "AADSTS50076: Do more. Trace ID: 11111111-aaaa-4bbb-8ccc-222222222200"\n)',
        "AADSTS50076",
    ),
    ("php-dump", 'array(2) {\n  ["error_description"]=>\n  string(30) "AADSTS50076: Do more."\n}', "AADSTS50076"),
    ("announced-in-lower-case", "error: AADSTS50076: somebody must do more", "AADSTS50076"),
    ("diagnosis-of-a-sign-in", "Error Code: 90095\n\nMessage: Actual content is specific.", "AADSTS90095"),
    ("two-blanks", '"AADSTS81016  Invalid STS request."', "AADSTS81016"),
    (
        "item-of-a-workspace",
        "Failed to publish Notebook 'orders'\nError Code: PyToIPynbFailure\nError Message: The file does not start well.",
        "PyToIPynbFailure",
    ),
    (
        "operation-of-a-deployment",
        "Operation failed. Error Code: Alm_InvalidRequest_PurgeRequired. Error Message: Dataset Sales changes will cause data deletion.",
        "Alm_InvalidRequest_PurgeRequired",
    ),
    (
        "refused-to-terraform",
        "│ Error: Create operation\n│   with fabric_domain.sales,\n│ Could not create resource: It is not available\n│ \n│ Error Code: Unauthorized\n│ Request ID: 11111111-aaaa-4bbb-8ccc-222222222200",
        "Unauthorized",
    ),
    (
        "code-in-a-header",
        '"Content-Length": "133",\n    "x-ms-public-api-error-code": "WorkspaceNotFound",\n    "X-Frame-Options": "deny",',
        "WorkspaceNotFound",
    ),
    ("raised-in-lower-case", "SignInException: AADSTS50076: somebody must do more", "AADSTS50076"),
    ("quoted-value", '"error": "invalid_client" and "error_description": "AADSTS50076: Do more."', "AADSTS50076"),
    ("aborted", "Processing aborted due to error 300010:391167117; incident 7185034.", "300010"),
    ("in-backticks", "`Message: AADSTS500113: No address is registered.`", "AADSTS500113"),
    (
        "answer-in-brackets",
        "Error: cannot create resources.jobs.a: Not allowed. (400 INVALID_PARAMETER_VALUE)",
        "INVALID_PARAMETER_VALUE",
    ),
    ("data-flow-underscore", "errorMessage=DF-DRAFT_001 at Source 'a'(Line 4/Col 0): Not resolved", "DF-DRAFT_001"),
    ("cut-behind-the-code", '    "error": "invalid_grant",\n    "error_description": "AADSTS65001', "AADSTS65001"),
    (
        "notebook-of-a-pipeline",
        "additional details - 'Error name - LivyHttpRequestFailure, Error value - Something is wrong. HTTP status code: 500.'",
        "LivyHttpRequestFailure",
    ),
    ("state-on-its-own-line", "Error code 1\nLIVY_JOB_STATE_DEAD\n\nMessage\nJob failed", "LIVY_JOB_STATE_DEAD"),
    ("event-without-source", "Event ID 6329: Something failed in Azure AD Sync.", "ADSync:6329"),
    (
        "linked-digits",
        "Error: AADSTS7002[13](https://github.com/contoso/demo/actions/runs/1/job/2#step:4:14): No record matches.",
        "AADSTS700213",
    ),
]


@pytest.mark.parametrize(
    "text",
    [
        "The bucket is not yours.\nError Code: Unauthorized\nRequest ID: 11111111-aaaa-4bbb-8ccc-222222222200",
        "Cannot open the notebook instance.\nError Code: Forbidden\nMessage: You may not.",
        "Cannot open the notebook instance. Error Code: Forbidden. Message: You may not.",
    ],
)
def test_a_word_of_every_service_is_no_code_of_fabric_where_nothing_says_so(recogniser, text):
    assert recogniser.scan(text).codes == ()


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in NAMED])
def test_a_code_in_program_text_or_an_article_did_not_happen(recogniser, text):
    found = recogniser.scan(text)
    assert (found.codes, found.primary) == ((), None)


@pytest.mark.parametrize(("text", "code"), [pytest.param(*rest, id=name) for name, *rest in PRINTED])
def test_what_a_program_printed_is_an_error_though_it_looks_like_program_text(recogniser, text, code):
    assert recogniser.scan(text).codes == (code,)


def test_ids_and_times_that_a_build_log_has_made_links_are_read_whole(recogniser):
    link = "(https://github.com/contoso/demo/actions/runs/1/job/2#step:5:17)"
    found = recogniser.scan(
        f"Error: AADSTS700213: No record. Trace ID: 1[11]{link}11111-aaaa-4bbb-8ccc-222222222200 Timestamp: 2026-03-04 05:[06]{link}:07Z"
    )
    assert (found.trace_id, found.timestamp) == ("11111111-aaaa-4bbb-8ccc-222222222200", "2026-03-04 05:06:07Z")


def test_a_time_at_the_start_of_a_quoted_line_is_read(recogniser):
    assert (
        recogniser.scan("`2026-03-04 05:06:07,123 - ERROR - AADSTS50076: Do more.`").timestamp
        == "2026-03-04 05:06:07,123"
    )
