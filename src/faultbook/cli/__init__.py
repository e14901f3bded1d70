"""The command line: arguments in, text or JSON out, no judgement."""

from faultbook.cli.main import main

__all__ = ["main"]
