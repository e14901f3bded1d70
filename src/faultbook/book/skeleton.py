"""A new entry, filled with what is published about its code and marked where a person has to write."""

import datetime as dt
import json
import re
from pathlib import PurePosixPath
from string import Template
from typing import Final

from faultbook.book.known import Known
from faultbook.book.lint.identity import file_name
from faultbook.book.words import Words
from faultbook.errors import BookError
from faultbook.model import Stops, Transient

LEARN: Final = "https://learn.microsoft.com/"
_CODES: Final = {"entra": f"{LEARN}entra/identity-platform/reference-error-codes"}

# The product of a code of each family of published codes, where the two have different names.
_PRODUCT: Final = {
    "oauth": "entra",
    "password-writeback": "entra-connect",
    "password-protection": "entra-connect",
    "pass-through": "entra-connect",
    "hresult": "entra-connect",
    "spark": "databricks",
    "dbt-fusion": "dbt",
    "sql-server-driver": "sql-server",
    "report-server": "power-bi",
    "windows-security": "entra-connect",
}
_STOPS: Final[Stops] = "a-person"


_TEMPLATE: Final = Template("""\
#:schema ${root}schema/entry-1.json
schema     = 1
code       = $code
${name}product    = $product  # $products
surfaces   = []  # $surfaces
category   = "FILL:"  # $categories
stops      = "$stops"  # a-step, a-person, a-job, many, everyone
transient  = "$transient"  # yes, may, no, unknown
severity   = "$severity"  # what the rubric gives for the two lines above
who_fixes  = []  # $who
status     = "draft"
depth      = "brief"  # full once it has causes with tests, fixes with proof, and questions
cites      = ["codes"]
summary    = "FILL: what happened, one sentence, at most 120 characters."
first_step = "FILL: what to do before anything else."

meaning = '''
FILL: what the error means, in your own words, and what it does not mean. Say what is not published.
'''

not_known = ["FILL: what nobody has written down, and you would like to know."]

[retry]
advice = "fix-first"  # wait-then-retry, retry-once, do-not-retry, fix-first
why    = "FILL: why trying again helps, or does not."

[[sample]]
format = "text"
text   = $sample

[[not_sample]]
text = $not_sample
why  = "FILL: why this is another error, or none."

# [[cause]]
# id      = "what-is-wrong"
# title   = "FILL: what is wrong, as one would say it"
# share   = 40  # of 100 sightings; all causes together at most 95
# basis   = "inferred"  # documented (needs a vendor source), reported, inferred
# sources = ["codes"]
# detail  = "FILL: how it comes about, and how it shows itself."
# tests   = [{ probe = "FILL:", yes = "usually" }]  # the probes are listed in docs/probes.md
# fixes   = ["what-ends-it"]

[[source]]
id      = "codes"
kind    = "vendor"  # vendor, community, field, own
url     = $url
says    = "FILL: what this page says about the code, and no more."
checked = $today

[review]
by   = []
date = $today
""")


def place(code: str, product: str) -> PurePosixPath:
    """Where the file of a code belongs, below the folder of entries."""
    entra = re.fullmatch(r"AADSTS(\d+)", code)
    folder = PurePosixPath(product, f"{int(entra[1]) // 100}xx") if entra else PurePosixPath(product)
    return folder / file_name(code)


def product_of(known: Known | None, code: str, words: Words) -> str:
    """The product of a code: that of its family, or what its spelling says."""
    family = known.family if known else "entra" if code.startswith("AADSTS") else ""
    product = _PRODUCT.get(family, family)
    return product if product in words.products else next(iter(words.products))


def skeleton(code: str, known: Known | None, words: Words, today: dt.date) -> str:
    """The text of a brief entry that reads, and that the lint sends back until every FILL: is gone."""
    if not code.strip():
        raise BookError("A code is needed.", do="Write it as the error prints it: AADSTS50055.")
    transient: Transient = known.transient if known else "unknown"
    product = product_of(known, code, words)
    name = known.name if known else ""
    return _TEMPLATE.substitute(
        root="../" * (len(place(code, product).parts) + 1),
        code=_quoted(code),
        name=f"name       = {_quoted(name)}\n" if name else "",
        product=_quoted(product),
        products=", ".join(words.products),
        surfaces=", ".join(words.surfaces),
        categories=", ".join(words.categories),
        who=", ".join(words.who),
        stops=_STOPS,
        transient=transient,
        severity=words.severity_of(_STOPS, transient),
        sample=_quoted(f"{code}: {name or 'FILL: the message as it is printed'}"),
        not_sample=_quoted(_not_sample(code)),
        url=_quoted(_CODES.get(product, LEARN)),
        today=today,
    )


def _not_sample(code: str) -> str:
    return f"{code}0: a longer number" if code[-1:].isdigit() else f"The documentation lists {code} among others."


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are a part of TOML's, but for DEL, which TOML wants escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
