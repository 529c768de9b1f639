"""The command line: `workbench run`, and what comes before and after it."""

from helpers.cli.main import main

__all__ = ["main"]
