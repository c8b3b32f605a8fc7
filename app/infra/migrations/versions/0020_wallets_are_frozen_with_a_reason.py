"""A frozen wallet says why, so that its firm need not ask.

Revision ID: 0020
Revises: 0019
Create Date: 2026-11-27 20:30:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("wallet", schema=None) as batch_op:
        batch_op.add_column(sa.Column("frozen_because", sa.String(length=200), nullable=False, server_default=""))


def downgrade():
    with op.batch_alter_table("wallet", schema=None) as batch_op:
        batch_op.drop_column("frozen_because")
