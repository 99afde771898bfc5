"""Trust on the command line: Python that a project holds runs only when the person says so with `--trust`."""

from __future__ import annotations

import argparse
from pathlib import Path

from graph.blocks import catalog_of
from graph.check_python import refuse_untrusted
from graph.errors import UntrustedError
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.python_texts import fingerprint


def add_trust(parser: argparse.ArgumentParser) -> None:
    """The option by which a person agrees that Python of a project runs."""
    parser.add_argument("--trust", action="store_true", help="run the Python code that the project holds")


def token_for(project: Project, path: Path, *, trust: bool) -> str:
    """The fingerprint of the Python that may run; UntrustedError when there is some and nobody trusts it."""
    if trust:
        return fingerprint(project)
    if project.texts:
        try:
            refuse_untrusted(catalog_of(load_catalog(), project), project)
        except UntrustedError:
            raise UntrustedError(
                f"{path} holds Python code, and nothing of it runs unless you trust it. "
                "Read the code in the file, then say it again with --trust."
            ) from None
    return ""
