"""Signatures carry a time stamp: what it says, and what an application waits for while there is none.

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-27 06:20:00
"""

import sqlalchemy as sa
from alembic import op

from app.infra.db import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.add_column(sa.Column("waiting_for", sa.String(length=300), nullable=False, server_default=""))
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signature_level", sa.String(length=5), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("stamped_at", UtcDateTime(), nullable=True))


def downgrade():
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_column("stamped_at")
        batch_op.drop_column("signature_level")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_column("waiting_for")
