"""Signing in and out by OpenID Connect."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from faultbook.web.state import State


def routes(state: State) -> Sequence[BaseRoute]:
    """Nothing yet."""
    del state
    return []
