"""The same examples every time: a test that fails on some days only hides what it found. ``FAULTBOOK_FUZZ=long`` looks for new ones."""

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
if os.environ.get("FAULTBOOK_FUZZ") != "long":
    settings.load_profile("steady")
