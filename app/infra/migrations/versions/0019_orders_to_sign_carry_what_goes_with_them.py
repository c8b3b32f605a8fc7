"""Orders to sign carry what goes with them: the answers of a reply that waits for a token.

Revision ID: 0019
Revises: 0018
Create Date: 2026-11-27 16:10:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("signature_order", schema=None) as batch_op:
        batch_op.add_column(sa.Column("said", sa.JSON(none_as_null=True), nullable=True))


def downgrade():
    with op.batch_alter_table("signature_order", schema=None) as batch_op:
        batch_op.drop_column("said")
