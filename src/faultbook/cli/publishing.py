"""``site``: the reference as files for any web server."""

from pathlib import Path

import click

from faultbook.cli.output import JSON, busy, emit, say


@click.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--base",
    default="",
    metavar="URL",
    help="The public address under which the files will stand, for canonical links and the sitemap. It may have a path.",
)
@JSON
def site(out: Path, base: str, as_json: bool) -> int:
    """Write the reference as a static site: every page, with search and recognition that work in the browser alone.

    \b
    faultbook site public/
    faultbook site public/ --base https://errors.contoso.example
    python -m http.server --directory public/ --bind 127.0.0.1 8000

    OUT must be empty, new, or an earlier export, of which files that are no longer in the book are removed.
    """
    from faultbook.app import Faultbook

    with busy("Writing the site"):
        written = Faultbook(base=base).export_site(out)
    if as_json:
        emit(
            {
                "schema": "faultbook/site-1",
                "path": str(out),
                "files": written.files,
                "removed": written.removed,
                "bytes": written.bytes,
            }
        )
    else:
        say(
            f"Wrote {written.files} files ({written.bytes / 1e6:.1f} MB) into {out}"
            + (f", removed {written.removed} old ones" if written.removed else "")
        )
    return 0
