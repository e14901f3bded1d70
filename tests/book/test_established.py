"""Public threads in which the cause was finally established: the entry of the code names it, and what was seen there ranks it first to third.

The messages are made up after the threads; answers are what the people in them saw, and only that. Everything else stays unknown.
"""

import json
from pathlib import Path

import pytest

from faultbook.book.files import read_entries
from faultbook.diagnose.weigh import SOMETHING_ELSE, questions, weigh
from faultbook.evidence import Facts, Finding, Subject
from faultbook.probes import all_probes
from faultbook.probes.message import says

CASES = Path(__file__).parents[3] / "shared/corpus/cases.dev.jsonl"
WITHOUT_CODE = {
    "dc-91185ee4": "A page for trying out SCIM prints no code.",
    "dc-10b92716": "A reset in the Microsoft 365 admin center prints nothing at all.",
}

ESTABLISHED = {
    "dc-d03cd956": ("AADSTS70043", "other-tenant-policy", "Lifetime is 3600.", "account.is-guest"),
    "dc-ec5b1994": ("AADSTS70043", "frequency-policy-hits-job", "Lifetime is 43200.", "history.unattended"),
    "dc-dcf1de66": (
        "AADSTS50107",
        "issuer-differs-by-a-sign",
        "http://fs.contoso.example/adfs/services/trust",
        "federation.issuer-mismatch",
    ),
    "dc-275a1bd4": ("AADSTS50107", "guest-provider-issuer", "http://idp.partner.example", "account.is-guest"),
    "dc-61397ebf": (
        "AADSTS50107",
        "assertion-of-entra-itself",
        "https://sts.windows.net/66666666-7777-4888-9999-000000000000/",
    ),
    "dc-d8dcc74c": (
        "INSUFFICIENT_PERMISSIONS",
        "use-privileges-missing",
        "User does not have USE CATALOG on Catalog 'shop'.",
    ),
    "dc-5ce72d29": ("AADSTS50126", "conversion-under-way", "Password in the cloud", "history.recovers-alone"),
    "dc-853c162a": ("AADSTS50126", "federated-account-in-password-grant", "", "federation.domain-is-federated"),
    "dc-362a2a98": ("AADSTS700016", "registration-deleted", "", "history.starts-suddenly", "app.missing-in-tenant"),
    "dc-870466f6": (
        "AADSTS700016",
        "wrong-tenant",
        "not found in the directory 'Default Directory'",
        "app.missing-in-tenant",
    ),
    "dc-d3142a07": (
        "SSPR_0009",
        "administrator-switch-off",
        "SSPR_009: Your organization hasn't turned on password reset",
    ),
    "dc-7e661b36": (
        "AADSTS7002138",
        "repository-case",
        "presented subject 'repo:Contoso/shop:ref:refs/heads/main'",
        "history.starts-suddenly",
    ),
    "dc-6f5b3041": ("ADF:2010", "items-in-my-workspace", "User configuration issue: invalid LakehouseWorkspaceId"),
    "dc-0808392e": ("AADSTS53003", "blocked-location", "", "history.one-network-only"),
    "dc-fcd462fb": ("AADSTS53003", "blocked-location", "", "policy.block-covers-app"),
    "dc-64b2e329": ("dbt:Database Error", "upstream-not-built", 'relation "analytics.stg_orders" does not exist'),
    "dc-2f3f7094": ("AADSTS70011", "separator-wrong", "The scope Contacts.Read, Mail.Read is not valid."),
    "dc-fbdb5fcb": (
        "AADSTS70011",
        "address-malformed",
        "https://shop.azurewebsites.netuser_impersonation. The scope format is invalid.",
    ),
    "dc-631ba426": ("PasswordReset:33008", "policy-not-met", "OnPremisesPolicyViolation"),
    "dc-05e12fc4": ("PasswordReset:33008", "changed-too-recently", "", "account.password-changed-before"),
    "dc-6315f3db": (
        "DELTA_MERGE_RESOLVED_ATTRIBUTE_MISSING_FROM_INPUT",
        "types-of-key-differ",
        "Resolved attribute(s) amount#12 missing from id#1L in operator !Join Inner, (cast(id#1L as int) = id#7)",
    ),
    "dc-6691a9e1": (
        "DM_GWPipeline_Gateway_InvalidConnectionCredentials",
        "cloud-source-merged",
        "The credentials for SharePoint are invalid.",
    ),
    "dc-ac5075e4": ("SSPR_0013", "not-in-group", ""),
    "dc-56ef0c77": (
        "SSPR_0013",
        "not-in-group",
        "Your administrator has not configured your account to use password reset",
    ),
    "dc-ef4da88a": (
        "AADSTS50011",
        "behind-proxy",
        "The redirect URI 'http://shop.example/callback'",
        "app.redirect-missing",
    ),
    "dc-97bf45da": ("AADSTS50011", "not-registered", "'http://localhost:10800/Home/Authorize'", "app.redirect-missing"),
    "dc-6ade4e94": ("AADSTS50011", "library-default", "'urn:ietf:wg:oauth:2.0:oob'"),
    "dc-aa343a6c": ("AADSTS90094", "nobody-consented-for-all", "", "history.one-application-only"),
    "dc-ca0aca5c": ("AADSTS90094", "user-consent-off", "", "app.consent-missing"),
    "dc-aa887bf6": ("AADSTS50173", "stale-token-kept", ""),
    "dc-56fc9569": ("AADSTS50173", "password-changed", "", "account.password-changed-before"),
    "dc-6c21d6c8": (
        "AADSTS65002",
        "borrowed-shell-client",
        "first party application '1950a258-227b-4e31-a9cf-717495945fc2'",
    ),
    "dc-d23c4833": (
        "AADSTS65002",
        "borrowed-other-client",
        "first party application '22222222-3333-4444-8555-666666666666'",
    ),
    "dc-05188f94": ("PasswordReset:33001", "reserved-character", ""),
    "dc-83859784": (
        "AADSTS900023",
        "authority-with-endpoint",
        "Specified tenant identifier 'authorize' is neither a valid DNS name",
    ),
    "dc-63d6bb34": ("AADSTS700027", "header-wrong", "The key was not found., Thumbprint of key used by client: 'D4E5'"),
    "dc-23755baf": ("DF-SRC-002", "connection-string-in-key-vault", "'database' (Database name) is required"),
    "dc-d9964753": ("AADSTS500011", "resource-misspelled", "named https://https://graph.microsoft.com// was not found"),
    "dc-7448e2d0": (
        "ConcurrentAppendException",
        "compaction-beside-writers",
        'Conflicting commit: {"operation":"OPTIMIZE"}',
    ),
    "dc-78e6072f": (
        "AADSTS50008",
        "saml-version",
        "expected urn:oasis:names:tc:SAML:1.0:assertion, got urn:oasis:names:tc:SAML:2.0:assertion",
    ),
    "dc-5df356e3": (
        "AZURE_QUOTA_EXCEEDED_EXCEPTION",
        "family-quota-used",
        "exceeding approved standardFFamily Cores quota, Current Limit: 250",
    ),
    "dc-b666ae8e": ("390144", "public-key-of-another-pair", "JWT token is invalid."),
    "dc-03b7e907": ("390144", "clock-of-the-client", "JWT token is invalid. JWT_TOKEN_INVALID_ISSUE_TIME"),
    "dc-e3bb51c7": ("390144", "stale-key-preferred", "JWT token is invalid, although user and password are set."),
    "dc-62f86991": (
        "AADSTS65005",
        "known-client-missing",
        "a service ('https://api.contoso.example') that your organization has not subscribed to",
    ),
    "dc-c11f763a": ("AADSTS90008", "admin-consent-missing", "", "app.consent-missing"),
    "dc-55945f73": ("AADSTS50013", "expired", "Assertion is not within its valid time range."),
    "dc-247f031e": (
        "AADSTS50105",
        "graph-command-line-closed",
        "application '14d82eec-204b-4c2f-b7e8-296a70dab67e'",
        "app.assignment-required",
    ),
    "dc-8058eae4": (
        "0x800700ce",
        "connector-password-too-long",
        "hr=800700CE, message=The filename or extension is too long",
    ),
    "dc-4cae5b4c": (
        "AADSTS16000",
        "personal-account-without-directory",
        "does not exist in tenant 'Microsoft Services'",
    ),
    "dc-be364c50": (
        "TooManyRequestsForCapacity",
        "capacity-too-small",
        "HTTP status code: 430. Unable to submit this request",
    ),
}


@pytest.fixture(scope="module")
def entries(book_folder):
    return {entry.code: entry for entry in read_entries(book_folder / "entries")[0]}


def finding(test, text, seen):
    """What one test of an entry found: the message is read, a probe that was seen to hold says yes, and the rest is unknown."""
    if test.probe == "message.says":
        if not text:
            return Finding(probe=test.probe, answer="unknown", sentence="", params=test.params)
        outcome = says(Facts(()), Subject(code="", text=text), **test.params)
        return Finding(probe=test.probe, answer=outcome.answer, sentence=outcome.sentence, params=test.params)
    return Finding(probe=test.probe, answer="yes" if test.probe in seen else "unknown", sentence="", params=test.params)


@pytest.mark.parametrize("case", ESTABLISHED)
def test_what_was_established_is_among_the_first_three(case, entries, words):
    code, cause, text, *seen = ESTABLISHED[case]
    entry = entries[code]
    asked = questions(entry)
    assert set(seen) <= {test.probe for test in asked.values()}, "the entry does not ask what was seen"
    weighing = weigh(
        entry, {key: finding(test, text, seen) for key, test in asked.items()}, all_probes(), words.likelihood
    )
    first = [one.cause for one in weighing.ranked if one.cause != SOMETHING_ELSE][:3]
    assert cause in first


def test_every_case_is_accounted_for():
    if not CASES.exists():
        pytest.skip("the cases are not part of the repository and are not here")
    cases = {case["id"] for case in map(json.loads, CASES.read_text(encoding="utf-8").splitlines())}
    assert cases == set(ESTABLISHED) | set(WITHOUT_CODE)
