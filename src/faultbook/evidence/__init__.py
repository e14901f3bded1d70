"""What was asked, what came back, and what a probe concluded from it."""

from faultbook.evidence.facts import Fact, Facts, Gap, Unknown, Window, field_of
from faultbook.evidence.findings import Answer, Finding, Outcome, WhyUnknown, no, unknown, yes
from faultbook.evidence.occurrence import Occurrence, Quality, Subject, instant, iso

__all__ = [
    "Answer",
    "Fact",
    "Facts",
    "Finding",
    "Gap",
    "Occurrence",
    "Outcome",
    "Quality",
    "Subject",
    "Unknown",
    "WhyUnknown",
    "Window",
    "field_of",
    "instant",
    "iso",
    "no",
    "unknown",
    "yes",
]
