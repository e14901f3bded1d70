"""The reference on the web: pages rendered when the book is compiled and served as bytes, and pages of one request in the same frame."""

from faultbook.site.page import Page
from faultbook.site.store import Site

__all__ = ["Page", "Site"]
