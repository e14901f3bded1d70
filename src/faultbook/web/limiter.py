"""How often one address may ask: a token bucket each, in bounded memory."""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_MOST_BUCKETS: Final = 50_000


class Limiter:
    """``rates`` is requests a minute by sort of request; as many may come at once. Knows the last 50,000 addresses."""

    def __init__(self, rates: dict[str, int], clock: Callable[[], float]) -> None:
        self._rates = rates
        self._clock = clock
        self._full_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def wait(self, sort: str, address: str) -> float:
        """Take one token: 0 where there was one, else the seconds until there will be one (and none was taken).

        A bucket is kept as the moment at which it will be full again (the generic cell rate algorithm).
        """
        now = self._clock()
        step = 60 / self._rates[sort]
        key = (sort, _network(address))
        full_at = max(self._full_at.pop(key, now), now) + step
        over = full_at - now - 60
        self._full_at[key] = full_at if over <= 0 else full_at - step
        if len(self._full_at) > _MOST_BUCKETS:
            self._full_at.popitem(last=False)
        return max(over, 0)


def _network(address: str) -> str:
    """Who counts as one: an IPv4 address, or a network of 64 bits of IPv6, which one customer has in whole."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))
