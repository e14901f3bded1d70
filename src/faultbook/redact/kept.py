"""What redaction goes by: keys that tell what stands under them, and names that belong to vendors and not to customers."""

from typing import Final, Literal

Sort = Literal["account", "person", "user-id", "host", "organisation", "secret", "place"]

KEPT_APPLICATIONS: Final = {
    "00000002-0000-0000-c000-000000000000": "Azure Active Directory Graph",
    "00000002-0000-0ff1-ce00-000000000000": "Office 365 Exchange Online",
    "00000003-0000-0000-c000-000000000000": "Microsoft Graph",
    "00000003-0000-0ff1-ce00-000000000000": "Office 365 SharePoint Online",
    "00000006-0000-0ff1-ce00-000000000000": "Microsoft Office 365 Portal",
    "00000009-0000-0000-c000-000000000000": "Power BI Service",
    "0000000c-0000-0000-c000-000000000000": "Microsoft App Access Panel",
    "0000001b-0000-0000-c000-000000000000": "Power BI Information Service",
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46": "Microsoft Azure CLI",
    "14d82eec-204b-4c2f-b7e8-296a70dab67e": "Microsoft Graph Command Line Tools",
    "1950a258-227b-4e31-a9cf-717495945fc2": "Microsoft Azure PowerShell",
    "1b730954-1685-4b74-9bfd-dac224a7b894": "Azure Active Directory PowerShell",
    "1fec8e78-bce4-4aaf-ab1b-5451cc387264": "Microsoft Teams",
    "29d9ed98-a469-4536-ade2-f981bc1d605e": "Microsoft Authentication Broker",
    "4765445b-32c6-49b0-83e6-1d93765276ca": "OfficeHome",
    "6bf85cfa-ac8a-4be5-b5de-425a0d0dc016": "Microsoft Entra AD Synchronization Service",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013": "Windows Azure Service Management API",
    "93625bc8-bfe2-437a-97e0-3d0060024faa": "Microsoft password reset service",
    "c44b4083-3bb0-49c1-b47d-974e53cbdf3c": "Azure Portal",
    "cb1056e2-e479-49de-ae31-7812af012ed8": "Microsoft Azure Active Directory Connect",
    "d3590ed6-52b3-4102-aeff-aad2292ab01c": "Microsoft Office",
    "ea0616ba-638b-4df5-95b9-636659ae5121": "Power BI PowerShell",
    "f3b07414-6bf4-46e6-b63f-56941f3f4128": "Power Query Online",
}
"""First-party application ids, the same in every tenant: they name no customer, whatever key they stand under."""

KEYS: Final[dict[str, Sort]] = {
    **dict.fromkeys(
        ("user", "userprincipalname", "upn", "mail", "email", "username", "samaccountname", "targetusername",
         "subjectusername", "loginhint", "account", "accountname", "onpremisessamaccountname", "alternatesigninname",
         "signinidentifier", "mailnickname", "owner", "configuredby", "effectiveusername"), "account"),
    **dict.fromkeys(("userdisplayname", "givenname", "surname", "fullname"), "person"),
    **dict.fromkeys(("userid", "useroid", "userobjectid", "oid", "includeusers", "excludeusers"), "user-id"),
    **dict.fromkeys(("computer", "computername", "workstationname", "workstation", "machinename", "hostname",
                     "clientmachinename", "devicename", "dnshostname", "servername"), "host"),
    **dict.fromkeys(("tenantdisplayname", "tenantname", "companyname", "organizationname"), "organisation"),
    **dict.fromkeys(
        ("password", "passwd", "pwd", "secret", "secrettext", "clientsecret", "accesstoken", "refreshtoken", "idtoken",
         "token", "assertion", "clientassertion", "apikey", "xapikey", "accountkey", "sharedaccesskey",
         "sharedaccesssignature", "sas", "sig", "cookie", "setcookie", "authorization", "privatekey", "samlresponse",
         "wresult", "newpassword", "oldpassword", "passphrase"), "secret"),
    **dict.fromkeys(("city", "geocoordinates", "latitude", "longitude", "mobilephone", "businessphones",
                     "phonenumber", "telephonenumber", "streetaddress", "postalcode", "othermails", "proxyaddresses"), "place"),
}  # fmt: skip

TOPS: Final = frozenset({
    "com", "net", "org", "edu", "gov", "mil", "int", "info", "biz", "cloud", "online", "dev", "app", "local", "lan",
    "internal", "corp", "intranet", "home", "ad", "example", "test", "eu", "ac", "ae", "ar", "at", "au", "be", "bg",
    "br", "ca", "ch", "cl", "cn", "co", "cz", "de", "dk", "ee", "es", "fi", "fr", "gr", "hk", "hr", "hu", "id",
    "ie", "il", "in", "is", "it", "jp", "kr", "lt", "lu", "lv", "mx", "my", "ng", "nl", "no", "nz", "pe", "ph",
    "pk", "pt", "ro", "ru", "sa", "se", "sg", "si", "sk", "th", "tr", "tw", "ua", "uk", "us", "vn", "za", "invalid",
})  # fmt: skip
VENDORS: Final = (
    "microsoft", "microsoft.com", "microsoftonline.com", "microsoftonline.us", "microsoftonline-p.com", "windows.net",
    "windows.com", "azure.com", "azure.net", "azure.us", "azure.cn", "office.com", "office365.com", "office.net",
    "msauth.net", "msftauth.net", "live.com", "powerbi.com", "msn.com", "microsoftazuread-sso.com", "aka.ms",
    "github.com", "usgovcloudapi.net", "chinacloudapi.cn", "schemas.xmlsoap.org", "w3.org", "oasis-open.org",
    "ietf.org", "digicert.com",
)  # fmt: skip
TENANTED: Final = (
    "onmicrosoft.com", "sharepoint.com", "database.windows.net", "blob.core.windows.net", "dfs.core.windows.net",
    "file.core.windows.net", "queue.core.windows.net", "table.core.windows.net", "vault.azure.net",
    "azurewebsites.net", "cloudapp.azure.com", "sql.azuresynapse.net", "azuredatabricks.net",
    "snowflakecomputing.com", "okta.com",
)  # fmt: skip
AMBIGUOUS: Final = frozenset({
    "ad", "app", "at", "be", "dev", "home", "id", "in", "info", "int", "is", "it", "my", "no", "online", "test",
})  # fmt: skip
"""Ends of names that are words of programs and prose too (``user.id``): such a name counts as a host only where it is known as one."""
SECOND: Final = frozenset({"co", "com", "org", "net", "ac", "gov", "edu"})
COMMON_CN: Final = frozenset({
    "users", "computers", "builtin", "system", "configuration", "schema", "sites", "services", "microsoft",
    "program", "data", "domain", "controllers", "admins", "administrators", "guests", "operators", "account",
    "server", "print", "backup", "enterprise", "key", "cert", "publishers", "protected", "group", "policy",
    "creator", "owners", "read-only", "everyone", "foreignsecurityprincipals",
})  # fmt: skip
OURS: Final = frozenset({"removed", "invalid"})
"""Words that redaction itself writes: nobody's name may be looked for in them."""
BUILT_IN: Final = frozenset({"AUTHORITY", "BUILTIN", "SERVICE", "HKLM", "HKCU", "HKU", "HKCR", "SOFTWARE", "SYSTEM"})
KINDS: Final[dict[str, Sort]] = {"ad.principal": "account", "windows.events": "host"}
"""What the target of a kind of fact names, where its text alone does not show it."""
