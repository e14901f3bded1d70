"""Options of live sources, shared by every command that connects to something, and the words that report progress."""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
from click.core import ParameterSource

from faultbook.cli.output import busy, plain, say

if TYPE_CHECKING:
    from faultbook.app import Live

F = TypeVar("F", bound=Callable[..., Any])
_CLOUDS = "public, gcc, gcc-high, dod, china, or a TOML file that describes another"
_HOW = ("default", "device-code", "client-secret", "certificate", "managed-identity", "workload-identity", "azure-cli")

_OPTIONS = {
    "live": click.option("--live", "live", is_flag=True, help="Ask live systems too: Graph, Power BI, public addresses, and the directory that --ldap names."),
    "tenant": click.option("--tenant", envvar="FAULTBOOK_TENANT", default="", help="The tenant's id or domain, where the way to sign in does not say."),
    "client": click.option("--client-id", "client", envvar="FAULTBOOK_CLIENT_ID", default="", help="The application to sign in as."),
    "cloud": click.option("--cloud", envvar="FAULTBOOK_CLOUD", default="public", show_default=True, help=f"Which cloud: {_CLOUDS}."),
    "how": click.option("--auth", "how", type=click.Choice(_HOW), envvar="FAULTBOOK_AUTH", default="default", show_default=True, help="How to sign in. Only device-code asks a person."),
    "apis": click.option("--no-cloud", "apis", is_flag=True, flag_value=False, default=True, help="Leave Graph and Power BI out."),
    "public": click.option("--no-public", "public", is_flag=True, flag_value=False, default=True, help="Leave public addresses out (realm, metadata, certificates)."),
    "directory": click.option("--ldap", "directory", envvar="FAULTBOOK_LDAP", default="", help="A domain controller, as ldaps://dc1.contoso.example."),
    "directory_user": click.option("--ldap-user", "directory_user", envvar="FAULTBOOK_LDAP_USER", default="", help="The account to read the directory with; its password comes from FAULTBOOK_LDAP_PASSWORD or FAULTBOOK_LDAP_PASSWORD_FILE."),
    "directory_ca": click.option("--ldap-ca", "directory_ca", type=click.Path(exists=True, dir_okay=False), envvar="FAULTBOOK_LDAP_CA", default=None, help="The root that the directory's certificate comes from, where the system does not know it."),
    "kerberos": click.option("--ldap-kerberos", "kerberos", is_flag=True, help="Sign in to the directory by Kerberos (needs the Python package gssapi)."),
    "plain": click.option("--ldap-plain", "plain", is_flag=True, help="Allow an ldap:// address without TLS. The password then crosses the network in the clear."),
    "connector": click.option("--connector", default="", help="The connector account of Entra Connect, where its name does not give it away."),
    "app_id": click.option("--app", "app_id", default="", help="The application id of the failing client, where nothing says it."),
    "dataset": click.option("--dataset", default="", help="The id of the Power BI dataset (semantic model)."),
    "workspace": click.option("--workspace", default="", help="The id of its workspace."),
    "seconds": click.option("--deadline", "seconds", type=click.FloatRange(1, 3600), default=90.0, show_default=True, help="Seconds for all live questions together."),
}  # fmt: skip
"""By the name of what each says: a field of ``Live``."""


def live_options(command: F) -> F:
    """Add the options of live sources to a command; they arrive as one ``live`` argument: a ``Live``, or None without ``--live``."""
    return _with_options(command, always=False)


def always_live(command: F) -> F:
    """The same for a command that makes no sense without live systems: there is no ``--live``, and ``live`` is never None."""
    return _with_options(command, always=True)


def _with_options(command: F, *, always: bool) -> F:
    options = {name: option for name, option in _OPTIONS.items() if name != "live" or not always}

    @functools.wraps(command)
    def wrapped(*args: Any, **given: Any) -> Any:
        chosen = {name: given.pop(name) for name in options}
        return command(*args, live=_live(chosen), **given)

    made: Callable[..., Any] = wrapped
    for option in reversed(options.values()):
        made = option(made)
    return cast(F, made)


def _live(chosen: dict[str, Any]) -> "Live | None":
    if not chosen.pop("live", True):
        _refuse_idle(chosen)
        return None
    from faultbook.app import Live

    given: dict[str, Any] = {name: "" if value is None else value for name, value in chosen.items()}
    return Live(**given)


def _refuse_idle(chosen: dict[str, Any]) -> None:
    """An option of live sources on the command line without ``--live`` would do nothing, and look as if it did."""
    context = click.get_current_context()
    typed = ParameterSource.COMMANDLINE
    if idle := next((name for name in chosen if context.get_parameter_source(name) is typed), None):
        option = next(one.opts[0] for one in context.command.params if one.name == idle)
        raise click.UsageError(f"{option} does nothing without --live.")


@contextmanager
def asking(live: "Live | None") -> Iterator[None]:
    """Say what takes a while: with live systems the answers themselves are the progress."""
    if live is None:
        with busy("Reading the evidence"):
            yield
        return
    say("Asking live systems:")
    yield


def teller() -> Callable[[Any], None]:
    """Says on stderr each question that was answered or refused; several that failed for one reason are said once."""
    said: set[str] = set()

    def told(record: Any) -> None:
        if record.lead and not record.why:
            return
        line = _refused(record) if record.why else _answered(record)
        if line not in said:
            said.add(line)
            say(plain(line))

    return told


def _refused(record: Any) -> str:
    return f"  no answer  {record.source}: {record.why}. {record.sentence}"


def _answered(record: Any) -> str:
    rows = "answered" if record.rows == 1 else f"{record.rows:,} rows"
    span = f", {record.window.start:%d %b %H:%M} to {record.window.end:%d %b %H:%M} UTC" if record.window else ""
    cut = f" (incomplete: {record.sentence})" if record.sentence else ""
    return f"  {rows:>10}  {record.source}{span}{cut}"


def prompt(address: str, code: str, expires: Any) -> None:
    """Ask a person to sign in elsewhere; only where that way was chosen."""
    del expires
    say(f"To sign in, open {plain(address)} and enter {plain(code)}.")
    sys.stderr.flush()
