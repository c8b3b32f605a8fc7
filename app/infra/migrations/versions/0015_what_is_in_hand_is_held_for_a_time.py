"""What an officer has taken up is his alone for a time; what lay under review before may be taken over at once.

Revision ID: 0015
Revises: 0014
Create Date: 2026-11-27 15:50:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("application", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("application", "held_until")
