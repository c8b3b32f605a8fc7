"""What somebody with the database's password could do: take the guards away and change what was written."""

from typing import Any

from sqlalchemy import text


def tamper(session: Any, statement: str, **values: Any) -> None:
    """Run a statement with the append-only guards taken away, inside the test's transaction."""
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        for table in ("ledger_movement", "ledger_entry", "audit_event"):
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    else:
        for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f"DROP TRIGGER {name}"))
    session.execute(text(statement), values)
    session.expire_all()
