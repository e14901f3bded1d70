"""The closed vocabularies of the book, and the numbers behind its words."""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from faultbook.errors import BookError
from faultbook.model import Severity, Stops, Transient, Word

Chance = Annotated[float, Meta(gt=0, lt=1)]


class Words(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What ``book/words.toml`` holds: each vocabulary maps the word of an entry to what a reader sees."""

    likelihood: dict[Word, Chance]
    products: dict[str, str] = field(name="product")
    surfaces: dict[str, str] = field(name="surface")
    categories: dict[str, str] = field(name="category")
    who: dict[str, str]
    severity: dict[Stops, dict[Transient, Severity]]

    @property
    def chances(self) -> dict[str, float]:
        """The number behind each word, by the word as it is written."""
        return {str(word): chance for word, chance in self.likelihood.items()}

    def severity_of(self, stops: Stops, transient: Transient) -> Severity:
        """The severity that the rubric gives: who stands still, and does it pass alone."""
        return self.severity[stops][transient]


def read_words(path: Path) -> Words:
    """Read the vocabularies; a BookError says what is wrong with them."""
    try:
        return msgspec.convert(tomllib.loads(path.read_bytes().decode()), Words)
    except OSError as error:
        raise BookError(f"The vocabularies {path.name} cannot be opened.", why=f"{error.strerror}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BookError(
            f"The vocabularies {path.name} cannot be read.", why=f"{error}.", do="Correct the file."
        ) from error
