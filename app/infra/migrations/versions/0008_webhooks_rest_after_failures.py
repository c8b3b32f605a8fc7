"""A webhook whose address does not answer rests for a while.

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-27 06:20:00.000000
"""

import sqlalchemy as sa
from alembic import op

from app.infra.db import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("webhook", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("webhook", sa.Column("rests_until", UtcDateTime(), nullable=True))


def downgrade():
    with op.batch_alter_table("webhook", schema=None) as batch_op:
        batch_op.drop_column("rests_until")
        batch_op.drop_column("failures")
