"""What the cloud side shows besides sign-ins: audits, service health, settings, policies, federation."""

import base64
import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Sequence

from faultbook_lab import people
from faultbook_lab.records import Row, stamp


def collection(values: Sequence[Row], context: str) -> str:
    """A Graph answer."""
    return json.dumps(
        {"@odata.context": f"https://graph.microsoft.com/v1.0/$metadata#{context}", "value": list(values)}, indent=2
    )


def issues(values: Sequence[Row]) -> str:
    """The answer of ``/admin/serviceAnnouncement/issues``."""
    return collection(values, "admin/serviceAnnouncement/issues")


EXCHANGE = "Exchange Online"
IDENTITY = "Identity Service"


def audits(values: Iterable[Row]) -> str:
    """The answer of ``/auditLogs/directoryAudits``."""
    return collection(
        sorted(values, key=lambda row: str(row["activityDateTime"]), reverse=True), "auditLogs/directoryAudits"
    )


def audits_csv(values: Iterable[Row]) -> str:
    """The portal's CSV download of the audit log, with as many numbered columns as the rows need."""
    rows = list(values)
    changes, details = (max(1, *(len(told(row)) for row in rows), 1) for told in (_changes, _details))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        [
            "Date (UTC)", "CorrelationId", "Service", "Category", "Activity", "Result", "ResultReason", "ActorType", "ActorDisplayName", "ActorObjectId",
            "ActorUserPrincipalName", "IPAddress", "Target1Type", "Target1DisplayName", "Target1ObjectId", "Target1UserPrincipalName",
            *(f"Target1ModifiedProperty{number}{part}" for number in range(1, changes + 1) for part in ("Name", "OldValue", "NewValue")),
            *(f"AdditionalDetail{number}{part}" for number in range(1, details + 1) for part in ("Key", "Value")),
        ]
    )  # fmt: skip
    for row in sorted(rows, key=lambda row: str(row["activityDateTime"]), reverse=True):
        target = row["targetResources"][0]  # type: ignore[index]
        by = row["initiatedBy"]["user"]  # type: ignore[index]
        writer.writerow(
            [
                row["activityDateTime"], row["correlationId"], row["loggedByService"], row["category"], row["activityDisplayName"], row["result"], row["resultReason"], "User", "",
                by["id"], by["userPrincipalName"], "198.51.100.7", target["type"], target["displayName"], target["id"], target["userPrincipalName"] or "",
                *_cells(_changes(row), ("displayName", "oldValue", "newValue"), changes), *_cells(_details(row), ("key", "value"), details),
            ]
        )  # fmt: skip
    return "\ufeff" + out.getvalue()


def _changes(row: Row) -> list[Row]:
    return row["targetResources"][0]["modifiedProperties"]  # type: ignore[index,no-any-return]


def _details(row: Row) -> list[Row]:
    return row["additionalDetails"]  # type: ignore[return-value]


def _cells(told: Sequence[Row], names: Sequence[str], most: int) -> list[object]:
    """What is told, in a row of ``most`` groups of columns."""
    return [(told[place].get(name) if place < len(told) else "") or "" for place in range(most) for name in names]


def policies(values: Sequence[Row]) -> str:
    """The answer of ``/identity/conditionalAccess/policies``."""
    return collection(values, "identity/conditionalAccess/policies")


def sync_features(*, writeback: bool | None) -> str:
    """The answer of ``/directory/onPremisesSynchronization``; None leaves the writeback key out."""
    features: Row = {
        "passwordSyncEnabled": True,
        "synchronizeUpnForManagedUsersEnabled": True,
        "unifiedGroupWritebackEnabled": False,
        "quarantineUponUpnConflictEnabled": True,
    }
    if writeback is not None:
        features["passwordWritebackEnabled"] = writeback
    return collection(
        [
            {
                "id": people.TENANT,
                "configuration": {
                    "accidentalDeletionPrevention": {
                        "synchronizationPreventionType": "enabledForCount",
                        "alertThreshold": 500,
                    }
                },
                "features": features,
            }
        ],
        "directory/onPremisesSynchronization",
    )


def organization(last_sync: dt.datetime) -> str:
    """The answer of ``/organization``."""
    return collection(
        [
            {
                "id": people.TENANT,
                "displayName": "Contoso",
                "onPremisesSyncEnabled": True,
                "onPremisesLastSyncDateTime": stamp(last_sync),
                "verifiedDomains": [{"name": name, "isDefault": name == "contoso.example"} for name in people.DOMAINS],
            }
        ],
        "organization",
    )


def users() -> str:
    """The answer of ``/users``."""
    return collection(people.users(), "users(id,userPrincipalName,onPremisesSyncEnabled,onPremisesDistinguishedName)")


def domains(*, federated: bool = True) -> str:
    """The answer of ``/domains``."""
    return collection(people.domains(federated=federated), "domains")


def _tlv(tag: int, body: bytes) -> bytes:
    size = len(body)
    length = (
        bytes([size])
        if size < 128
        else bytes([0x80 | (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8, "big")
    )
    return bytes([tag]) + length + body


def certificate(subject: str, start: dt.datetime, end: dt.datetime, *, serial: int = 1) -> str:
    """A certificate in base64 with these dates; its key and signature are filler, since nobody here verifies them."""
    name = _tlv(0x30, _tlv(0x31, _tlv(0x30, _tlv(0x06, b"\x55\x04\x03") + _tlv(0x0C, subject.encode()))))
    algorithm = _tlv(0x30, _tlv(0x06, bytes.fromhex("2a864886f70d01010b")) + _tlv(0x05, b""))
    dates = _tlv(0x30, _tlv(0x17, f"{start:%y%m%d%H%M%SZ}".encode()) + _tlv(0x17, f"{end:%y%m%d%H%M%SZ}".encode()))
    key = _tlv(
        0x30,
        _tlv(0x30, _tlv(0x06, bytes.fromhex("2a864886f70d010101")) + _tlv(0x05, b""))
        + _tlv(0x03, b"\x00" + b"\x11" * 64),
    )
    body = _tlv(
        0x30,
        _tlv(0xA0, _tlv(0x02, b"\x02")) + _tlv(0x02, serial.to_bytes(4, "big")) + algorithm + name + dates + name + key,
    )
    return base64.b64encode(_tlv(0x30, body + algorithm + _tlv(0x03, b"\x00" + b"\x22" * 64))).decode()


ISSUER = "http://sts.partners.example/adfs/services/trust"


def federation(domain: str, signing: str, *, update: str = "success") -> str:
    """The answer of ``/domains/{domain}/federationConfiguration``."""
    value: Row = {
        "id": people.guid("federation", domain),
        "displayName": "Partners AD FS",
        "issuerUri": ISSUER,
        "metadataExchangeUri": "https://sts.partners.example/adfs/services/trust/mex",
        "passiveSignInUri": "https://sts.partners.example/adfs/ls/",
        "activeSignInUri": "https://sts.partners.example/adfs/services/trust/2005/usernamemixed",
        "signOutUri": "https://sts.partners.example/adfs/ls/",
        "passwordResetUri": None,
        "preferredAuthenticationProtocol": "wsFed",
        "signingCertificate": signing,
        "nextSigningCertificate": None,
        "signingCertificateUpdateStatus": {
            "certificateUpdateResult": update,
            "lastRunDateTime": "2026-02-20T02:00:00Z",
        },
        "federatedIdpMfaBehavior": "acceptIfMfaDoneByFederatedIdp",
    }
    return collection([value], f"domains('{domain}')/federationConfiguration")


def metadata(signing: str) -> str:
    """The provider's ``FederationMetadata.xml``, cut down to what matters."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<EntityDescriptor ID="_11111111-2222-4333-8444-555555555555" entityID="{ISSUER}" xmlns="urn:oasis:names:tc:SAML:2.0:metadata">\n'
        '  <RoleDescriptor xsi:type="fed:SecurityTokenServiceType" protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/federation/200706" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706">\n'
        f'    <KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{signing}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>\n'
        '    <fed:PassiveRequestorEndpoint><EndpointReference xmlns="http://www.w3.org/2005/08/addressing"><Address>https://sts.partners.example/adfs/ls/</Address></EndpointReference></fed:PassiveRequestorEndpoint>\n'
        "  </RoleDescriptor>\n</EntityDescriptor>\n"
    )
