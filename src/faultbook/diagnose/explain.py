"""The forms in which a diagnosis is told: `terminal`, `markdown` and `openings` as text, `page` as HTML."""

from faultbook.diagnose.html import page
from faultbook.diagnose.markdown import markdown
from faultbook.diagnose.terminal import openings, terminal

__all__ = ["markdown", "openings", "page", "terminal"]
