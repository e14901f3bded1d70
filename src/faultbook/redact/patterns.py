"""The shapes of people, hosts and secrets in text.

No pattern is worse than linear: what may repeat is bounded, or starts only where nothing of its kind stands before it.
"""

import ipaddress
import re
from typing import Final

VERSION_KEY: Final = re.compile(r"version|browser|operatingsystem|useragent|device_?os", re.IGNORECASE)

HEX: Final = "[0-9a-f]{10}"
PSEUDONYM: Final = re.compile(
    rf"^(?:(?:user|person){HEX}|(?:org|ou|host|domain)-{HEX}|MSOL_f0f0[0-9a-f]{{8}})$", re.IGNORECASE
)
WITHIN: Final = re.compile(
    rf"(?<![\w-])(?:(?:user|person){HEX}|(?:org|ou|host|domain)-{HEX})(?![\w-])|\[removed\]|-4042322160-|fa017b00-|MSOL_f0f0|(?<![\w:])100::"
    r"|(?<![\d.])2[45]\d(?:\.\d{1,3}){3}(?![\d.])",
    re.IGNORECASE,
)
"""What redaction has left in a text: that much of it must not be taken for a name or a secret."""
GUID: Final = re.compile(r"(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])", re.IGNORECASE)
OUR_GUID: Final = "fa017b00-"
OUR_SID: Final = "4042322160"
OUR_V6: Final = ipaddress.ip_network("100::/64")

SECRETS: Final = (
    re.compile(
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"
        r"(?:[\s\S]{0,8192}?-----END [A-Z ]{0,30}PRIVATE KEY-----|(?:(?:\s|\\[rn]){0,4}[A-Za-z0-9+/=]{40,})*)"
    ),
    re.compile(r"(?<![\w-])eyJ[\w-]{5,}(?:\.[\w-]*){1,4}"),
    re.compile(r"(?<=://)[^\s/@:\"'<>\\]{0,256}:[^\s/@\"'<>\\]{1,256}(?=@)"),
    re.compile(r"(?<![\w~.-])[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~-])"),
    re.compile(r"(?<![\w.-])[01]\.A[\w-]{50,}(?:\.[\w-]+)*|(?<![\w.-])M\.C\d{3}_[\w!*$.-]{30,}"),
    re.compile(r"(?<!\w)(?:gh[pousr]_\w{30,}|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|dapi[0-9a-f]{32})(?!\w)"),
)
LABELLED: Final = re.compile(
    r"(?P<label>(?<![\w-])[\w-]{0,40}?(?:password|passwd|pwd|passphrase|secret|(?:access|refresh|id)[_-]?token|assertion|api[_-]?key"
    r"|account[_-]?key|access[_-]?(?:key|signature)|private[_-]?key|(?<![\w-])sig|samlresponse|wresult)"
    r"(?:\\?[\"'])?+\s{0,3}+[:=]\s{0,3}+)"
    r"(?!\[removed\])(?P<value>\\?\"(?:[^\"\\]|\\(?!\")[^\"]){0,4096}|'[^']{0,4096}|[^\s;,&\"'<>)}\]]+)",
    re.IGNORECASE,
)
SCHEMES: Final = re.compile(
    r"(?<![\w-])(?P<scheme>Bearer|Basic)\s{1,3}(?P<value>[A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE
)
COOKIES: Final = re.compile(
    r"(?<![\w-])(?P<label>(?:set-)?cookie\s{0,3}+:\s{0,3}+)(?!\[removed\])[^\r\n\"]+", re.IGNORECASE
)
CODE: Final = re.compile(r"(?<=[?&])(?P<label>(?:code|token|ctx)=)(?!\[removed\])(?P<value>[^\s&\"'<>#]{20,})")

AT: Final = re.compile(r"(?:@|%40)(?P<domain>(?:[\w-]{1,63}\.)+[^\W\d_]{2,24})(?![\w-])")
LOCAL: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+'#-!^~")
LOCAL_ENDS: Final = "._+'#-!^~"
HOST: Final = re.compile(r"(?<![\w.%-])(?:[\w-]{1,63}\.)+(?P<top>[^\W\d_]{2,24})(?![\w-]|\.\w)")
URL_HOST: Final = re.compile(r"(?<=//)(?P<host>[\w.-]+)")
DOWN_LEVEL: Final = re.compile(
    r"(?<![\w\\:/.-])(?P<domain>[A-Z0-9][A-Z0-9-]{0,14})(?P<slash>\\{1,2})(?P<name>[\w.$-]{1,64})(?![\w\\$])"
)
SERVICE_ACCOUNT: Final = re.compile(r"(?<![A-Za-z0-9])(?:MSOL|AAD)_[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE)
SID: Final = re.compile(r"S-1-5-21-(\d{1,10})-(\d{1,10})-(\d{1,10})(?!\d)", re.IGNORECASE)
V4: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
V6: Final = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{2,39}(?:(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])")
VERSIONED: Final = re.compile(
    r"(?:version|(?<![a-z])(?:ver|build|release|v)|(?:Chrome|Chromium|Edge?|EdgA|Firefox|Safari|OPR|AppleWebKit|MSIE|Trident)[/ ])[\s:=\"'(]{0,4}$",
    re.IGNORECASE,
)
DN: Final = re.compile(
    r"(?<![\w=])(?P<key>CN|OU|L|ST|STREET|O|E|UID)=(?P<value>(?:\\.|[^,;\"\\\r\n<>=+])*(?=,\s?(?:CN|OU|DC|O|L|S|ST|C|E|UID)=)|(?:\\,|[^\s,;\"<>()'])+)",
    re.IGNORECASE,
)
DC: Final = re.compile(r"(?<![\w=])DC=[\w-]++(?:,\s?DC=[\w-]++)*+(?![@%])", re.IGNORECASE)
USER_GUID: Final = re.compile(
    r"(?:user[ _-]?id|user[ _-]?object[ _-]?id|\boid|\bpuid|\buser)\\?[\"']?\s{0,3}[:= ]\s{0,3}\\?[\"'{]{0,2}(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
    re.IGNORECASE,
)
WORD: Final = re.compile(r"[^\W_](?:[\w'’-]|\.(?=\w))*")  # noqa: RUF001 - names are written with either apostrophe
