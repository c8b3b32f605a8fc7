"""Run the migrations on the database of this application."""

from alembic import context
from flask import current_app

MIGRATE = current_app.extensions["migrate"]


def run() -> None:
    """Migrate within one transaction, on the connection of the application's engine."""
    engine = MIGRATE.db.engine
    with engine.connect() as connection:
        options = {"compare_type": True, "render_as_batch": False} | MIGRATE.configure_args
        context.configure(connection=connection, target_metadata=MIGRATE.db.metadata, **options)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("The migrations run on a database; give its address in DATABASE_URL.")
run()
