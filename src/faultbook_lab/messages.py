"""What somebody in the lab has on their screen: the text of a failure, as the sign-in page or Power BI shows it."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Final

from faultbook.errors import UsageError
from faultbook_lab import refreshing
from faultbook_lab.people import guid
from faultbook_lab.records import Row, stamp
from faultbook_lab.tenant import Refreshable
from faultbook_lab.world import World

_AGED: Final = dt.timedelta(minutes=10)
"""People ask for help some minutes after they have failed; by then the logs show it."""
_SAYS: Final = {
    120021: "PartnerServiceSsprInternalServiceError",
    120012: "PasswordChangeNeedsToHappenOnPrem",
    120013: "PasswordChangeOnPremisesConnectivityFailure",
    120015: "PasswordChangeADAdminActionRequired",
    120004: "PasswordChangeOnPremComplexity",
    40010: "OAuth2IdPRetryableServerError - there is an issue with the federated identity provider.",
    50008: "SAML token is invalid. The signing key identifier does not match any valid registered keys.",
    20012: "WsFedMessageInvalid",
    50105: "Your administrator has configured the application {app} ('{id}') to block users unless they are specifically granted ('assigned') access to the application.",
    50126: "Error validating credentials due to invalid username or password.",
    53003: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    65001: "The user or administrator has not consented to use the application with ID '{id}' named '{app}'.",
    7000222: "The provided client secret keys for app '{id}' are expired.",
}
_POWER_BI: Final = {
    refreshing.GATEWAY_SILENT: "The data gateway is offline or could not be reached.",
    refreshing.NO_CREDENTIAL: "The credentials for the data source are not specified.",
}


@dataclass(frozen=True)
class Message:
    """A text with whom and what it concerns. ``user`` and ``dataset`` are empty where there is none."""

    code: str
    text: str
    user: str = ""
    dataset: str = ""


def latest(world: World, now: dt.datetime, code: str = "", *, user: str = "") -> Message:
    """The last failure that is some minutes old, of one code and person if that is wanted. Raises UsageError where nobody failed so."""
    found = [*_of_signins(world, user), *([] if user else _of_refreshes(world))]
    fitting = [one for one in found if not code or one[1].code.casefold() == code.casefold()]
    if not code:  # a mistyped password is nothing to ask about
        fitting = [one for one in fitting if one[1].code != "AADSTS50126"]
    old = [one for one in fitting if one[0] <= now - _AGED]
    if not fitting:
        seen = sorted({one[1].code for one in found})
        raise UsageError(
            f"Nobody in this lab has met {code or 'an error'}.",
            do=f"Seen so far: {', '.join(seen)}." if seen else "Break something first: faultbook lab fault NAME.",
        )
    return max(old or fitting, key=lambda one: one[0])[1]


def _of_signins(world: World, user: str) -> list[tuple[dt.datetime, Message]]:
    with world.tenant.lock:
        rows = [row for row in world.tenant.signins if code_of(row) and _is(row, user)]
    return [(_time(row["createdDateTime"]), _shown(row)) for row in rows]


def _is(row: Row, user: str) -> bool:
    """Whether a sign-in is of this person, or of this domain where it begins with an at sign."""
    name = str(row["userPrincipalName"] or "")
    return not user or name == user or (user.startswith("@") and name.endswith(user))


def code_of(row: Row) -> int:
    """The number of a sign-in's result; 0 is success."""
    status = row["status"]
    assert isinstance(status, dict)
    return int(status["errorCode"])


def _time(text: object) -> dt.datetime:
    return dt.datetime.fromisoformat(str(text))


def _shown(row: Row) -> Message:
    number = code_of(row)
    says = _SAYS.get(number, "").format(app=row["appDisplayName"], id=row["appId"])
    at = _time(row["createdDateTime"])
    text = (
        f"AADSTS{number}: {says}\nTrace ID: {row['id']}\nCorrelation ID: {row['correlationId']}\n"
        f"Timestamp: {at:%Y-%m-%d %H:%M:%SZ}\n"
    )
    return Message(f"AADSTS{number}", text, str(row["userPrincipalName"] or ""))


def _of_refreshes(world: World) -> list[tuple[dt.datetime, Message]]:
    found = []
    with world.tenant.lock:
        for dataset in world.tenant.datasets.values():
            # who is told of a failed refresh is told of a scheduled one
            failed = next(
                (row for row in dataset.refreshes if row["status"] == "Failed" and row["refreshType"] == "Scheduled"),
                None,
            )
            if failed:
                found.append((_time(failed["startTime"]), _banner(dataset, failed)))
    return found


def _banner(dataset: Refreshable, row: Row) -> Message:
    code = str(json.loads(str(row["serviceExceptionJson"]))["errorCode"])
    at = _time(row["endTime"])
    text = (
        f"Last refresh failed: {at:%d/%m/%Y, %H:%M:%S}\n{_POWER_BI.get(code, '')}\n"
        f'{{"error":{{"code":"{code}","pbi.error":{{"code":"{code}","parameters":{{}},"details":[],"exceptionCulprit":1}}}}}}\n'
        f"Cluster URI: WABI-LAB-redirect.analysis.windows.net\nActivity ID: {guid('activity', row['requestId'])}\n"
        f"Request ID: {row['requestId']}\nTime: {stamp(at)}\n"
    )
    return Message(code, text, dataset=dataset.id)
