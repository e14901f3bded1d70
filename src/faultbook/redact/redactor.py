"""People and secrets out of text and JSON: the same person keeps the same pseudonym, a secret leaves nothing.

Pseudonyms keep the shape of what they stand for (``user…@domain-….invalid``, a SID stays a SID), so that redacted facts can be judged again, and
are recognised, so that redacting twice changes nothing. Correlation, trace, request and application ids stay: support needs them.
Every pass is linear in the text.
"""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

from msgspec import structs

from faultbook.evidence import Fact
from faultbook.redact import kept, patterns
from faultbook.redact.kept import Sort
from faultbook.redact.keys import organisations, plain_key, sort_of
from faultbook.redact.settled import settled

REMOVED: Final = "[removed]"
_KINDS: Final = {"account": "user", "person": "person", "host": "host", "organisation": "org"}


def salt_of(*contents: bytes) -> str:
    """A salt from the content itself: the same evidence is redacted in the same way, and nobody without it can guess names."""
    digest = hashlib.sha256()
    for content in contents:
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


class Redactor:
    """Replaces people, hosts, organisations and secrets; with one salt always alike.

    ``names`` are organisation names known from elsewhere. ``learn`` first over everything that will be shown: a name that stands
    under a telling key in one place is then replaced in every other.
    """

    def __init__(self, salt: str = "", *, names: Iterable[str] = ()) -> None:
        self._salt = salt.encode()
        self._guids: dict[str, str] = {}
        self._names: dict[str, list[tuple[str, str]]] = {}
        self._domains: set[str] = set()
        self._same: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        for name in names:
            if "." in name and " " not in name:
                self._domains.add(name.casefold())
            else:
                self._know(name, "org")

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> Self:
        """A redactor for these facts: its salt comes from their content, and it knows every name in them."""
        known = list(facts)
        redactor = cls(salt_of(*(fact.hash.encode() for fact in known)), names=organisations(known))
        for fact in known:
            redactor.learn(fact.value)
            redactor._learn_word(kept.KINDS.get(fact.kind), fact.target)
        return redactor

    def fact(self, fact: Fact) -> Fact:
        """The same fact without people and secrets; when and how it was read stays."""
        sort = kept.KINDS.get(fact.kind)
        target = self._keyed(sort, fact.target, "") if fact.target else ""
        return structs.replace(
            fact, target=target, value=self.value(fact.value), detail=self.text(fact.detail), by=self.text(fact.by)
        )

    def learn(self, value: Any, key: str = "", parent: str = "") -> None:
        """Note the names and user ids that a JSON value shows under telling keys."""
        if isinstance(value, dict):
            self._learn_person(value, key)
            for name, inner in value.items():
                self.learn(inner, str(name), key)
        elif isinstance(value, list):
            for inner in value:
                self.learn(inner, key, parent)
        elif isinstance(value, str) and value:
            self._domains.update(found["domain"].casefold() for found in patterns.AT.finditer(value))
            self._learn_ids(value)
            self._learn_word(sort_of(key, parent), value)

    def value(self, value: Any, key: str = "", parent: str = "") -> Any:
        """The same JSON value without people and secrets; keys and structure stay."""
        if isinstance(value, dict):
            return {name: self.value(inner, str(name), key) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner, key, parent) for inner in value]
        sort = sort_of(key, parent)
        if sort in {"secret", "place"} and value not in (None, "", REMOVED) and not isinstance(value, bool):
            self._count(sort)
            return REMOVED if isinstance(value, str) else None
        if not isinstance(value, str) or not value:
            return value
        return self._keyed(sort, value, key)

    def text(self, text: str) -> str:
        """The same text without people and secrets."""
        return settled(text, self._once)

    def _once(self, text: str) -> str:
        text = self._secrets(text)
        text = patterns.DN.sub(self._distinguished, text)
        text = patterns.DC.sub(lambda found: self._components(found[0]), text)
        text = self._accounts(text)
        text = patterns.HOST.sub(self._host, text)
        text = patterns.URL_HOST.sub(self._url_host, text)
        text = patterns.DOWN_LEVEL.sub(self._down_level, text)
        text = patterns.SERVICE_ACCOUNT.sub(self._service_account, text)
        text = patterns.SID.sub(self._sid, text)
        text = patterns.V6.sub(self._v6, text)
        text = patterns.V4.sub(lambda found: self._v4(found, text), text)
        self._learn_ids(text)
        text = patterns.GUID.sub(self._guid, text)
        return self._known(text)

    def _keyed(self, sort: Sort | None, value: str, key: str) -> str:
        return settled(value, lambda shown: self._keyed_once(sort, shown, key))

    def _keyed_once(self, sort: Sort | None, value: str, key: str) -> str:
        if patterns.VERSION_KEY.search(key):
            return self._known(patterns.GUID.sub(self._guid, self._accounts(self._secrets(value))))
        if sort in _KINDS and not _is_pseudonym(value):
            shown = self.text(value)
            whole = shown == value and not patterns.GUID.fullmatch(value) and not patterns.WITHIN.search(value)
            return self._pseudonym(_KINDS[sort], value) if whole else shown
        if sort == "user-id":
            self._learn_word(sort, value)
        return self.text(value)

    def _learn_person(self, value: Mapping[str, Any], key: str) -> None:
        """Ids and names that stand beside a user principal name belong to the same person."""
        plain = {plain_key(name): inner for name, inner in value.items() if isinstance(inner, str) and inner}
        if plain.get("type", "").casefold() == "user":
            self._learn_word("user-id", plain.get("id", ""))
            self._learn_word("person", plain.get("displayname", ""))
        upn = next((plain[name] for name in ("userprincipalname", "user", "mail") if "@" in plain.get(name, "")), "")
        if not upn or _is_pseudonym(upn):
            return
        person = upn.casefold()
        self._same.setdefault(person.partition("@")[0], person)
        for name in ("userdisplayname", "displayname", "samaccountname", "onpremisessamaccountname"):
            if plain.get(name):
                self._same.setdefault(plain[name].casefold(), person)
        for name in ("displayname", "name"):
            if plain.get(name) and " " in plain[name] and plain_key(key) not in {"app", "application"}:
                self._know(plain[name], "person")
        self._learn_word("user-id", plain.get("userid", ""), person)
        # The id of a sign-in is its request id, which support needs; the id of a user is a person.
        if not {"createddatetime", "at", "correlationid"} & plain.keys():
            self._learn_word("user-id", plain.get("id", ""), person)

    def _learn_ids(self, text: str) -> None:
        for found in patterns.USER_GUID.finditer(text):
            self._learn_word("user-id", found["id"])

    def _learn_word(self, sort: Sort | None, value: str, person: str = "") -> None:
        if sort == "user-id" and patterns.GUID.fullmatch(value) and not value.lower().startswith(patterns.OUR_GUID):
            if value.lower() not in kept.KEPT_APPLICATIONS and value.strip("0-"):
                hashed = self._hash("user-id", person or value)
                self._guids[value.lower()] = (
                    f"{patterns.OUR_GUID}{hashed[:4]}-4{hashed[4:7]}-8{hashed[7:10]}-{self._hash('tail', person or value)}00"
                )
        elif sort == "person" and (" " in value or len(value) >= 5):
            self._know(value, "person")
        elif sort == "organisation" and len(value) >= 4:
            self._know(value, "org")
        elif sort == "host" and len(short := value.partition(".")[0]) >= 4 and not patterns.V4.match(value):
            self._know(short, "host")
            self._same.setdefault(short.casefold(), value.casefold())

    def _know(self, name: str, kind: str) -> None:
        words = patterns.WORD.findall(name)
        if words and not _is_pseudonym(name) and name.casefold() not in kept.COMMON_CN | kept.OURS:
            entry = (name, kind)
            known = self._names.setdefault(words[0].casefold(), [])
            if entry not in known:
                known.append(entry)
                known.sort(key=lambda one: -len(one[0]))

    def _known(self, text: str) -> str:
        """Replace learned names: one look-up per word, so the length of the list does not matter."""
        if not self._names:
            return text
        parts: list[str] = []
        done = 0
        for found in patterns.WORD.finditer(text):
            if found.start() < done:
                continue
            for name, kind in self._names.get(found[0].casefold(), ()):
                end = found.start() + len(name)
                if text[found.start() : end].casefold() == name.casefold() and not _is_word(text[end : end + 1]):
                    parts += [text[done : found.start()], self._pseudonym(kind, name)]
                    done = end
                    break
        return "".join([*parts, text[done:]])

    def _secrets(self, text: str) -> str:
        for pattern in patterns.SECRETS:
            text = pattern.sub(self._remove, text)
        text = patterns.COOKIES.sub(self._remove_value, text)
        text = patterns.SCHEMES.sub(self._scheme, text)
        text = patterns.LABELLED.sub(self._labelled, text)
        return patterns.CODE.sub(self._code, text)

    def _remove(self, _found: re.Match[str]) -> str:
        self._count("secret")
        return REMOVED

    def _remove_value(self, found: re.Match[str]) -> str:
        self._count("secret")
        return found["label"] + REMOVED

    def _code(self, found: re.Match[str]) -> str:
        return found[0] if patterns.WITHIN.search(found["value"]) else self._remove_value(found)

    def _scheme(self, found: re.Match[str]) -> str:
        value = found["value"]
        if patterns.WITHIN.search(value) or not (any(char.isdigit() for char in value) or len(value) >= 20):
            return found[0]  # "Bearer authentication" is prose
        self._count("secret")
        return f"{found['scheme']} {REMOVED}"

    def _labelled(self, found: re.Match[str]) -> str:
        value = found["value"]
        quote = re.match(r"\\?[\"']", value)
        body = value[quote.end() :] if quote else value
        if not body or body.casefold() in {"null", "true", "false", "none", "{", "["} or body.startswith(REMOVED):
            return found[0]
        self._count("secret")
        return found["label"] + (quote[0] if quote else "") + REMOVED

    def _accounts(self, text: str) -> str:
        """User principal names and mail addresses; walks left from each @, which no pattern does in linear time."""
        parts: list[str] = []
        done = 0
        for found in patterns.AT.finditer(text):
            start = found.start()
            while start > done and text[start - 1] in patterns.LOCAL:
                start -= 1
            while start < found.start() and text[start] in patterns.LOCAL_ENDS:
                start += 1
            local, domain = text[start : found.start()], found["domain"]
            if not local or domain.casefold().startswith(("odata.", "microsoft.graph")):
                continue
            shown = local if _is_pseudonym(local) else self._pseudonym("user", f"{local}@{domain}")
            at = found[0][: len(found[0]) - len(domain)]
            parts += [text[done:start], shown, at, self._host_name(domain, person=True)]
            done = found.end()
        return "".join([*parts, text[done:]])

    def _host(self, found: re.Match[str]) -> str:
        name, top = found[0].casefold(), found["top"]
        titled = top[0].isupper() and top[1:].islower()  # System.Net is a namespace, SYNC01.CONTOSO.LOCAL a host
        plain = top.casefold() in kept.TOPS and top.casefold() not in kept.AMBIGUOUS and not titled
        return self._host_name(found[0]) if plain or self._is_known_host(name) else found[0]

    def _url_host(self, found: re.Match[str]) -> str:
        host = found["host"]
        return host if "." not in host or patterns.V4.match(host) else self._host_name(host)

    def _is_known_host(self, name: str) -> bool:
        labels = name.split(".")
        return any(".".join(labels[place:]) in self._domains for place in range(len(labels) - 1))

    def _host_name(self, name: str, *, person: bool = False) -> str:
        """Each label by itself, so that a host stays inside its domain; vendors' names stay, customers' labels before them do not."""
        lower = name.casefold().strip(".")
        labels = lower.split(".")
        tenanted = next((suffix for suffix in kept.TENANTED if lower.endswith("." + suffix)), None)
        if (
            tenanted is None
            and not person
            and any(lower == vendor or lower.endswith("." + vendor) for vendor in kept.VENDORS)
        ):
            return name
        if lower in kept.TENANTED or labels[0] == "invalid":
            return name
        if tenanted:
            own = len(tenanted.split(".")) + 1
            last = tenanted
        else:
            own = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in kept.SECOND else 2
            last = "invalid"
        if len(labels) < own:
            return name
        base = labels[len(labels) - own :]
        shown = [base[0] if _is_pseudonym(base[0]) else self._pseudonym("domain", ".".join(base)), last]
        for place in range(len(labels) - own - 1, -1, -1):
            label = labels[place]
            shown.insert(0, label if _is_pseudonym(label) else self._pseudonym("host", ".".join(labels[place:])))
        return ".".join(shown)

    def _components(self, text: str) -> str:
        labels = [part.partition("=")[2] for part in text.split(",")]
        name = self._host_name(".".join(labels)) if len(labels) > 1 else labels[0]
        return ",".join(f"DC={label}" for label in name.split("."))

    def _distinguished(self, found: re.Match[str]) -> str:
        key, value = found["key"], found["value"]
        bare = value.strip()
        common = all(word.casefold() in kept.COMMON_CN for word in bare.replace("\\", "").split())
        if not bare or _is_pseudonym(bare) or patterns.GUID.fullmatch(bare) or common or "@" in bare:
            return found[0]
        if patterns.SERVICE_ACCOUNT.fullmatch(bare):
            return found[0]
        if "." in bare and " " not in bare:
            shown = self._host_name(bare)
            return found[0] if shown == bare else f"{key}={shown}"
        kind = {"OU": "ou", "O": "org"}.get(key.upper(), "user")
        return f"{key}={self._pseudonym(kind, bare)}"

    def _down_level(self, found: re.Match[str]) -> str:
        domain, name = found["domain"], found["name"]
        if domain in kept.BUILT_IN or not any(char.isalpha() for char in domain):
            return found[0]
        shown = domain if _is_pseudonym(domain) else self._pseudonym("domain", domain).upper()
        as_is = _is_pseudonym(name) or name.casefold() in kept.COMMON_CN or patterns.SERVICE_ACCOUNT.fullmatch(name)
        return f"{shown}{found['slash']}{name if as_is else self._pseudonym('user', name)}"

    def _service_account(self, found: re.Match[str]) -> str:
        if _is_pseudonym(found[0]):
            return found[0]
        self._count("user")
        return f"MSOL_f0f0{self._hash('service-account', found[0])[:8]}"

    def _sid(self, found: re.Match[str]) -> str:
        if found[1] == patterns.OUR_SID:
            return found[0]
        self._count("sid")
        hashed = self._hash("sid", found[0]) + self._hash("sid-tail", found[0])
        return f"S-1-5-21-{patterns.OUR_SID}-{int(hashed[:7], 16)}-{int(hashed[10:17], 16)}"

    def _v4(self, found: re.Match[str], text: str) -> str:
        try:
            address = ipaddress.IPv4Address(found[0])
        except ValueError:
            return found[0]
        if address.is_loopback or address.is_reserved or address.is_unspecified:
            return found[0]
        before = text[max(found.start() - 30, 0) : found.start()]
        if patterns.VERSIONED.search(before) and not before.endswith("//"):
            return found[0]
        self._count("address")
        hashed = self._hash("address", found[0])
        return str(ipaddress.IPv4Address(0xF0000000 | int(hashed[:7], 16) % 0xEFFFFFF))

    def _v6(self, found: re.Match[str]) -> str:
        if found[0].count(":") < 2:
            return found[0]
        try:
            address = ipaddress.IPv6Address(found[0])
        except ValueError:
            return found[0]
        if address.is_loopback or address.is_unspecified or address in patterns.OUR_V6:
            return found[0]
        self._count("address")
        return str(patterns.OUR_V6.network_address + int(self._hash("address", address.compressed), 16))

    def _guid(self, found: re.Match[str]) -> str:
        shown = self._guids.get(found[0].lower())
        if shown is None:
            return found[0]
        self._count("user-id")
        return shown

    def _pseudonym(self, kind: str, name: str) -> str:
        if _is_pseudonym(name):
            return name
        self._count(kind)
        folded = name.casefold()
        # A person's pseudonym is one word: two people must not share one where somebody compares their names by words.
        joint = "" if kind in {"user", "person"} else "-"
        return f"{kind}{joint}{self._hash('user' if kind == 'person' else kind, self._same.get(folded, folded))}"

    def _hash(self, kind: str, name: str) -> str:
        return hmac.new(
            self._salt, f"{kind}\0{name.casefold()}".encode("utf-8", "surrogatepass"), hashlib.sha256
        ).hexdigest()[:10]

    def _count(self, kind: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _is_pseudonym(text: str) -> bool:
    return bool(patterns.PSEUDONYM.match(text.partition("@")[0].partition(".")[0]))
