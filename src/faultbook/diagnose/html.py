"""The diagnosis as one HTML file that needs nothing else: no script, no outside resource."""

import base64
import hashlib
from collections.abc import Iterable
from typing import Final

from faultbook.diagnose.body import body
from faultbook.diagnose.diagnosis import Diagnosis
from faultbook.diagnose.page_style import STYLE
from faultbook.diagnose.sentences import escaped
from faultbook.sources import FileReport

_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


def page(diagnosis: Diagnosis, files: Iterable[FileReport] = ()) -> str:
    """The whole page; ``files`` are reports on what was given."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escaped(POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f"<title>{escaped(diagnosis.error.code)}: {escaped(diagnosis.verdict)}</title><style>{STYLE}</style></head><body><main>"
        f"{body(diagnosis, files)}</main></body></html>\n"
    )
