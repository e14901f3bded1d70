"""Sign-in and audit exports: set aside while gathering, read when a code is known."""

from faultbook.evidence import Fact
from faultbook.sources import FileReport
from faultbook.sources.items import Item


class Trails:
    """Holds references to the files; nothing of them is kept in memory."""

    def take(self, item: Item) -> FileReport | None:
        """The report of a file that is a sign-in or audit export, or None where it is neither."""
        return None

    def audit_facts(self) -> list[Fact]:
        """All audits as one fact."""
        return []

    def history(self, code: str, correlation_id: str | None, about_user: str | None) -> list[Fact]:
        """The sign-in history of a code, or nothing where there is no sign-in export."""
        return []
