"""Why a live question has no answer."""

from faultbook.evidence import WhyUnknown


class Failure(Exception):  # noqa: N818 - it becomes an unknown fact, not a crash
    """A question that was asked and not answered: the reason from the closed list, a sentence, the status and the ids that support needs."""

    def __init__(
        self, why: WhyUnknown, sentence: str, *, status: int = 0, code: str = "", ids: tuple[str, ...] = ()
    ) -> None:
        self.why: WhyUnknown = why
        self.sentence = sentence
        self.status = status
        self.code = code
        self.ids = ids
        super().__init__(sentence)
