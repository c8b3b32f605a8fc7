"""The commands of the operator: `flask --app app udgam init | demo | sweep | prove | check | bench | states`."""

import sys

import click
from flask.cli import AppGroup

udgam = AppGroup("udgam", help="Run and prove the register of certificates.")


@udgam.command()
def init() -> None:
    """Bring the database to the newest tables; on a demo machine load the demo the first time."""
    from flask import current_app
    from flask_migrate import upgrade

    upgrade()
    if current_app.config["UDGAM_ENV"] == "demo":
        from app.demo import load

        load.once()
        return
    from app.access.accounts import demonstration_accounts
    from app.infra.db import db

    if number := demonstration_accounts(db.session):
        raise click.ClickException(
            f"This database holds {number} accounts of the demonstration, whose password is public: "
            "start production with an empty database."
        )


def _report(faults: list[str], fine: str) -> None:
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        sys.exit(1)
    click.echo(fine)


@udgam.command()
def prove() -> None:
    """Recompute the ledger and the audit chain; exit 1 and name what is wrong."""
    from app.audit.service import prove as prove_audit
    from app.infra.db import db
    from app.wallet.service import prove as prove_ledger

    faults = [*prove_ledger(db.session), *prove_audit(db.session)]
    _report(faults, "The ledger sums to zero, every wallet agrees with its entries, and the audit chain is whole.")


@udgam.command()
@click.option("--quick", is_flag=True, help="Leave out the signatures, which take longest.")
def check(quick: bool) -> None:
    """Walk the whole register: numbers, files, hashes, fees, signatures; exit 1 and name what is wrong."""
    from app.certificates import register
    from app.infra.db import db, reading

    token = reading.set(True)  # nobody has to wait for us
    db.session.rollback()
    try:
        if db.engine.dialect.name == "postgresql":  # the register at one moment, however long this takes
            db.session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
        faults = list(register.check(db.session, quick=quick))
    finally:
        db.session.rollback()
        reading.reset(token)
    looked_at = "numbers, files, hashes and fees" if quick else "numbers, files, hashes, fees and signatures"
    _report(faults, f"The register is whole: {looked_at} are in order.")


@udgam.command()
def sweep() -> None:
    """Promise again the issue of every certificate that got stuck while it was being signed."""
    from app.certificates.jobs import sweep_stuck
    from app.infra.db import db, transaction

    with transaction(db.session):
        found = sweep_stuck(db.session)
    click.echo(f"Promised again: {found}.")


@udgam.command()
@click.argument("account")
def lift(account: str) -> None:
    """Take the second factor off an account whose owner has lost telephone and recovery codes."""
    from app.access import accounts, factor
    from app.core.actor import SYSTEM_ACTOR
    from app.core.errors import BusinessError
    from app.infra.db import db, transaction

    try:
        with transaction(db.session):
            factor.lift(db.session, accounts.named(db.session, account), SYSTEM_ACTOR)
    except BusinessError as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    click.echo(f"{account} logs in without a second factor; where the role needs one, it is set up anew at the next log-in.")


@udgam.command()
@click.option("--quick", is_flag=True, help="A few rounds of each, to see that all of it runs.")
def bench(quick: bool) -> None:
    """Measure on a scratch register; prints one JSON object a line."""
    import json

    from app.bench import measure

    for line in measure(quick):
        click.echo(json.dumps(line))


@udgam.command()
def states() -> None:
    """Print docs/states.md as the tables have it; `make docs` writes the file."""
    from app.handbook import states as page

    click.echo(page(), nl=False)


@udgam.command()
def demo() -> None:
    """Bring in whatever is missing of the demonstration, all of it at once; refused in production."""
    from app.demo import load

    made = load.everything()
    click.echo(f"{made} applications were added to the demonstration." if made else "The demonstration is complete.")
