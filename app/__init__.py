"""Udgam issues certificates of origin; the folders are read in the order of a certificate's life.

    core          values and laws (money, time, identifiers, moves): no framework
    infra         database, queue, documents on disk, generated screens: the frameworks, wrapped once
    access        who may open what, and the log-in
    audit         what happened            notices   telling people
    signing       keys and signatures
    agencies      chambers and officers    exporters firms and their people
    brokers       customs brokers who act for firms
    wallet        the fee, in paise
    applications  from draft to decision
    certificates  number, page, signature, issue
    verification  is this certificate genuine?
    portal        everybody's first page   reports   charts for supervisors
    menu, cli, worker                      how it is all put together

A folder uses only those above it in this list. docs/walk.md follows one certificate through them.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(**over: Any) -> "Flask":
    """The whole program as one Flask application; frameworks are imported here, so that rules can be read without them."""
    from app.factory import build

    return build(**over)
