"""Settings from the environment, a file, and the defaults, each value with where it came from."""

import difflib
import tomllib
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from faultbook.errors import UsageError
from faultbook.settings.checks import check
from faultbook.settings.types import MASK, Secret, Settings

_PREFIX: Final = "FAULTBOOK"
_NAMES_A_FILE: Final = "FAULTBOOK_CONFIG"
_OTHERS: Final = frozenset(
    f"{_PREFIX}_{name}"
    for name in (
        *("AUTH", "CLIENT_CERTIFICATE", "CLIENT_CERTIFICATE_PASSWORD", "CLIENT_ID", "CLIENT_SECRET", "CLOUD", "TENANT"),
        *(
            "CONFIG",
            "JOURNAL",
            "LDAP",
            "LDAP_CA",
            "LDAP_PASSWORD",
            "LAB",
            "LDAP_USER",
            "OPENAPI",
            "OVERLAY",
            "STALE_MONTHS",
        ),
    )
)
"""Variables that are no settings: the name of the settings file, and what options of commands read, each also with _FILE behind it."""
_LIKE: Final = 0.85
"""From how alike a name on is a slip of the pen and not something else's variable."""
_MOST_SECRET: Final = 10_000

Origin = Literal["default", "file", "environment", "secret file"]


class Row(Struct, frozen=True, kw_only=True):
    """One setting in effect; ``value`` and ``default`` are masked for a secret."""

    name: str
    env: str
    value: Any
    default: Any
    origin: Origin
    secret: bool
    help: str


class Loaded(Struct, frozen=True, kw_only=True):
    """Settings, the file that was read (if one was), and where each value came from."""

    settings: Settings
    file: str | None
    origins: dict[str, Origin]

    def rows(self) -> list[Row]:
        """Every setting, in the order of the types."""
        return [
            Row(
                name=one.name,
                env=one.env,
                value=_shown(one, getattr(getattr(self.settings, one.section), one.key)),
                default=_shown(one, one.default),
                origin=self.origins.get(one.name, "default"),
                secret=one.secret,
                help=one.help,
            )
            for one in known()
        ]


class Known(Struct, frozen=True, kw_only=True):
    """A setting as its type declares it."""

    section: str
    key: str
    help: str
    default: Any
    secret: bool
    many: bool

    @property
    def name(self) -> str:
        """As the documentation and messages call it."""
        return f"{self.section}.{self.key}"

    @property
    def env(self) -> str:
        """The variable of the environment."""
        return f"{_PREFIX}_{self.section}_{self.key}".upper()


def known() -> Iterator[Known]:
    """Every setting there is."""
    for section in msgspec.structs.fields(Settings):
        types = typing.get_type_hints(section.type, include_extras=True)
        for one in msgspec.structs.fields(section.type):
            inner, meta = typing.get_args(types[one.name])[:2]
            made = one.default_factory() if one.default is msgspec.NODEFAULT else one.default
            yield Known(
                section=section.name,
                key=one.name,
                help=meta.description,
                default=made,
                secret=inner is Secret,
                many=typing.get_origin(inner) is list,
            )


def load(environment: Mapping[str, str], file: Path | None = None) -> Loaded:
    """The settings in effect. Raises UsageError with the name of the setting, the reason and what to do."""
    path = file or (Path(environment[_NAMES_A_FILE]) if environment.get(_NAMES_A_FILE) else None)
    values, origins = _from_file(path) if path else ({}, {})
    for one, value, origin in _from_environment(environment):
        values.setdefault(one.section, {})[one.key] = value
        origins[one.name] = origin
    settings = Settings(**{section: _converted(section, values.get(section, {}), origins) for section in _sections()})
    check(settings)
    return Loaded(settings=settings, file=str(path) if path else None, origins=origins)


def _sections() -> dict[str, Any]:
    return {one.name: one.type for one in msgspec.structs.fields(Settings)}


def _converted(section: str, values: Mapping[str, Any], origins: Mapping[str, Origin]) -> Any:
    """One section from plain values, one at a time, so that a message names the setting and where it stands."""
    made = {}
    types = typing.get_type_hints(_sections()[section], include_extras=True)
    for key, value in values.items():
        name = f"{section}.{key}"
        try:
            made[key] = msgspec.convert(
                value, types[key], strict=origins[name] == "file", dec_hook=lambda _, given: Secret(given)
            )
        except (msgspec.ValidationError, TypeError):
            shown = "" if "secret" in origins[name] or key.endswith(("secret", "_key")) else f" It is {value!r}."
            raise UsageError(
                f"The setting {name} has to be {_wanted(types[key])}.{shown}",
                why=f"It was set by the {origins[name]}.",
                do="See: faultbook config",
            ) from None
    return _sections()[section](**made)


def _wanted(annotated: Any) -> str:
    """What a setting of this type takes, in words."""
    inner, meta = typing.get_args(annotated)[:2]
    if typing.get_origin(inner) is Literal:
        return f"one of {', '.join(typing.get_args(inner))}"
    words = {int: "a whole number", float: "a number", bool: "true or false"}.get(inner, "text")
    if typing.get_origin(inner) is list:
        return "a list of texts"
    bounds = [
        f"{word} {value:,}"
        for word, value in (("from", meta.ge), ("above", meta.gt), ("to", meta.le))
        if value is not None
    ]
    pattern = f" that matches {meta.pattern}" if meta.pattern else " that is not empty" if meta.min_length else ""
    return " ".join((words, *bounds)) + pattern


def _from_file(path: Path) -> tuple[dict[str, dict[str, Any]], dict[str, Origin]]:
    values: dict[str, dict[str, Any]] = {}
    origins: dict[str, Origin] = {}
    for section, table in _read(path).items():
        if not isinstance(table, dict):
            raise UsageError(
                f"{path.name}: {section} stands outside of a table.",
                do=_nearest(section, (one.name for one in known())),
            )
        for key, value in table.items():
            one, in_file = _named(section, key, path)
            if one.secret and not in_file:
                raise UsageError(
                    f"{path.name}: {one.name} is a secret and does not belong into this file.",
                    why="Settings files are copied and shown around.",
                    do=f"Set {one.env}, or put it into a file of its own and name that: {one.key}_file = …",
                )
            values.setdefault(section, {})[one.key] = _secret(one, str(value)) if in_file else value
            origins[one.name] = "secret file" if in_file else "file"
    return values, origins


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as wrong:
        raise UsageError(f"The settings file {path} cannot be read: {wrong.strerror}.") from wrong
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise UsageError(f"The settings file {path} is not TOML: {wrong}.") from wrong


def _named(section: str, key: str, path: Path) -> tuple[Known, bool]:
    """The setting of that name, and whether the name is that of a file with the secret in it."""
    names = {one.name: one for one in known()}
    one = names.get(f"{section}.{key}")
    if one is not None:
        return one, False
    one = names.get(f"{section}.{key.removesuffix('_file')}")
    if one is not None and one.secret:
        return one, True
    raise UsageError(f"{path.name}: there is no setting {section}.{key}.", do=_nearest(f"{section}.{key}", names))


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[Known, Any, Origin]]:
    names = {one.env: one for one in known()}
    for variable in sorted(environment):
        if not variable.startswith(f"{_PREFIX}_") or variable.removesuffix("_FILE") in _OTHERS:
            continue
        text = environment[variable]
        if variable in names:
            one = names[variable]
            yield one, [part.strip() for part in text.split(",") if part.strip()] if one.many else text, "environment"
        elif (behind := names.get(variable.removesuffix("_FILE"))) is not None and behind.secret:
            if behind.env in environment:
                raise UsageError(f"{behind.env} and {variable} are both set.", do="Keep one of them.")
            yield behind, _secret(behind, text), "secret file"
        elif _is_meant(variable, names):
            raise UsageError(
                f"There is no setting for the environment variable {variable}.", do=_nearest(variable, names)
            )


def _is_meant(variable: str, names: Iterable[str]) -> bool:
    """Whether a variable was meant for a setting: it names a section, or nearly a whole setting."""
    section = variable.split("_")[1].lower()
    return section in {one.name.partition(".")[0] for one in known()} or bool(
        difflib.get_close_matches(variable, list(names), n=1, cutoff=_LIKE)
    )


def _secret(one: Known, name: str) -> str:
    """A secret from its file, without the newline that editors put behind it."""
    path = Path(name)
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_SECRET + 1)
    except OSError as wrong:
        raise UsageError(f"The file of the secret {one.name} cannot be read: {path}: {wrong.strerror}.") from wrong
    text = raw.decode("utf-8", "replace").rstrip("\r\n")
    if not text or len(raw) > _MOST_SECRET or not text.isprintable():
        raise UsageError(f"The file of the secret {one.name} does not hold one line of text: {path}.")
    return text


def _shown(one: Known, value: Any) -> Any:
    return (MASK if value else "") if one.secret else value


def _nearest(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"The nearest is {near[0]}. All of them: faultbook config" if near else "All of them: faultbook config"
