"""The settings of this run, for code that knows no web framework."""

from typing import Any

from flask import current_app


def setting(name: str) -> Any:
    """The value of one setting of config.py; a KeyError when there is no such setting."""
    return current_app.config[name]
