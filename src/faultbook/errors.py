"""Every error that Faultbook raises on purpose, each able to say what happened, why, and what to do."""


class FaultbookError(Exception):
    """A failure with words for the person who meets it.

    ``what`` happened, ``why`` as far as it is known, and what to ``do`` about it; the last two may be empty.
    """

    def __init__(self, what: str, *, why: str = "", do: str = "") -> None:
        self.what = what
        self.why = why
        self.do = do
        super().__init__(what)

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.why, self.do) if part)


class BookError(FaultbookError):
    """The book, or an entry of it, cannot be read."""


class EvidenceError(FaultbookError):
    """A path given as evidence cannot be used at all; a single bad file inside it is a report, not an error."""


class NotRecognised(FaultbookError):  # noqa: N818 - reads as the sentence it carries
    """A text holds no error that the book can speak about."""


class UsageError(FaultbookError):
    """The request itself makes no sense."""
