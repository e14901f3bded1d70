"""A clock for tests of what waits: nobody waits."""


class Ticking:
    """A clock that moves only when somebody sleeps on it. ``today`` is what it calls now."""

    def __init__(self, today):
        self.at = 0.0
        self.slept = []
        self._today = today

    def clock(self):
        return self.at

    async def sleep(self, seconds):
        self.slept.append(round(seconds, 3))
        self.at += seconds

    def timing(self, seconds=1000.0):
        from faultbook.sources.live.connection import Timing

        return Timing(ends=seconds, clock=self.clock, sleep=self.sleep, now=lambda: self._today, jitter=lambda: 0.0)
