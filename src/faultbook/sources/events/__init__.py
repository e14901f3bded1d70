"""Windows event logs, from whichever tool wrote them, to one shape of event."""

from faultbook.sources.events.log import Log, event

__all__ = ["Log", "event"]
