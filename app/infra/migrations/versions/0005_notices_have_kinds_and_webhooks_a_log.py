"""Notices have kinds, a wallet says when it is low, and webhooks keep their former secret and a log.

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-27 06:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

from app.infra.db import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def added():
    """The new columns, by table; made anew each time, because a column belongs to one table."""
    return {
        "notice": [sa.Column("kind", sa.String(length=30), nullable=False, server_default="WORK")],
        "wallet": [
            sa.Column("low_paise", sa.BigInteger(), nullable=True),
            sa.Column("low_told", sa.Boolean(), nullable=False, server_default=sa.false()),
        ],
        "webhook": [
            sa.Column("former_secret", sa.String(length=255), nullable=False, server_default=""),
            sa.Column("former_until", UtcDateTime(), nullable=True),
            sa.Column("last_taken_at", UtcDateTime(), nullable=True),
            sa.Column("why_off", sa.String(length=200), nullable=False, server_default=""),
        ],
        "webhook_delivery": [
            sa.Column("attempts", sa.JSON(), nullable=False, server_default="[]"),
            sa.Column("round", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("next_at", UtcDateTime(), nullable=True),
        ],
    }


def upgrade():
    for table, columns in added().items():
        for column in columns:
            op.add_column(table, column)


def downgrade():
    for table, columns in added().items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.drop_column(column.name)
