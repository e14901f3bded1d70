"""The switches of password writeback on a sync server, and which of them concerns the affected user."""

import re

from faultbook.evidence import Subject, Unknown
from faultbook.probes.graph import Object, parts


def switches(settings: Object, about: Subject) -> list[tuple[str, bool]]:
    """Switches that concern the affected user: that of the user's own forest where the connectors differ."""
    found = (
        [("passwordWritebackEnabled", settings["passwordWritebackEnabled"])]
        if isinstance(settings.get("passwordWritebackEnabled"), bool)
        else []
    )
    connectors = [
        (str(item.get("name")), item["passwordWriteback"])
        for item in parts(settings, "connectors")
        if isinstance(item.get("passwordWriteback"), bool)
    ]
    if len({value for _, value in connectors}) > 1:
        forest = (
            ".".join(re.findall(r"dc=([^,]+)", about.dn or "", re.IGNORECASE))
            or about.domain
            or (about.user or "").rpartition("@")[2]
        )
        own = [pair for pair in connectors if forest and forest.casefold().endswith(pair[0].casefold())]
        if not own and not any(value is False for _, value in found):
            raise Unknown(
                "ambiguous", "Writeback is on for some connectors and off for others; the user's forest is not known."
            )
        connectors = own
    return found + [(f"connector {name}", value) for name, value in connectors]
