"""Error pages that run: recognise an error, weigh its causes against evidence, fix it, prove it."""

__version__ = "0.1.0"
