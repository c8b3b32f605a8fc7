"""The commands of the operator: `flask --app app udgam init | demo | sync | codes | sweep | prove | check | bench | states`."""

import sys
from typing import IO

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
    """Recompute the ledger and the audit chain; exit 1 and name what is wrong. Presses that stood run again when all is whole."""
    from app.audit.service import prove as prove_audit
    from app.infra.db import db, transaction
    from app.wallet import proof

    faults = [*proof.prove(db.session), *prove_audit(db.session)]
    db.session.rollback()
    if not faults:
        with transaction(db.session):
            if proof.run_again(db.session):
                click.echo("The presses stood; applications can be submitted again.")
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
        faults, levels = list(register.check(db.session, quick=quick)), register.levels(db.session)
    finally:
        db.session.rollback()
        reading.reset(token)
    looked_at = "numbers, files, hashes and fees" if quick else "numbers, files, hashes, fees and signatures"
    _report(faults, f"The register is whole: {looked_at} are in order. Signatures: {levels}.")


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
@click.argument("file")
@click.option("--complete", is_flag=True, help="Switch off people of earlier feeds who are not in the file.")
def sync(file: str, complete: bool) -> None:
    """Bring in firms and people from a file of DGFT's, JSON or CSV; exit 1 and name what is wrong with it."""
    from app.exporters.jobs import bring_in
    from app.infra.db import db

    run = bring_in(db.session, file, complete=complete)
    faults = [run.error] if run.error else list(run.faults)
    _report(faults, f"New: {run.created}, changed: {run.changed}, switched off: {run.disabled}, as before: {run.unchanged}.")


@udgam.command()
@click.argument("name", metavar="LIST")
@click.argument("file", type=click.File("rb"))
@click.option("--complete", is_flag=True, help="The file is the whole list: the rest goes, and codes not in it are refused.")
@click.option("--dry-run", is_flag=True, help="Only read the file and say what would change.")
def codes(name: str, file: IO[bytes], complete: bool, dry_run: bool) -> None:
    """Bring in a list of codes (port_in, locode, hs, package, unit) from a CSV file with the columns code and name."""
    from app.applications import import_codes
    from app.core.actor import SYSTEM_ACTOR
    from app.core.errors import BusinessError, InvalidInput
    from app.infra.db import db, transaction

    try:
        with transaction(db.session):
            done = import_codes.take(db.session, SYSTEM_ACTOR, name, file.read(), complete=complete)
            if dry_run:
                db.session.rollback()
    except InvalidInput as refusal:
        _report([f"{fault.field}: {fault.message}" for fault in refusal.faults], "")
    except BusinessError as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    else:
        would = "Would be new" if dry_run else "New"
        click.echo(f"{would}: {done.new}, changed: {done.changed}, gone: {done.gone}, as before: {done.same}.")


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
