"""Two more accounts in the ledger: payments that fit no order, and DGFT's adjustments.

Revision ID: 0013
Revises: 0012
Create Date: 2026-11-27 07:45:00
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BEFORE = "account IN ('WALLET','HELD','AGENCY','TAX','GATEWAY')"
AFTER = "account IN ('WALLET','HELD','AGENCY','TAX','GATEWAY','SUSPENSE','DGFT')"


def upgrade():
    _allow(AFTER)


def downgrade():
    _allow(BEFORE)


def _allow(accounts):
    """SQLite makes the table anew and drops its guards with the old one: they are put back before anybody can write."""
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.drop_constraint("ck_ledger_account", type_="check")
        batch_op.create_check_constraint("ck_ledger_account", accounts)
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            action = "BEGIN SELECT RAISE(ABORT, 'rows of ledger_entry are only ever added'); END"
            op.execute(f"CREATE TRIGGER ledger_entry_no_{verb.lower()} BEFORE {verb} ON ledger_entry {action}")
