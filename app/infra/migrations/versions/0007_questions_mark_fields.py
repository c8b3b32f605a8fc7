"""Questions mark fields and keep what the reply changed; papers are attested; a certificate in lieu keeps its corrections.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from app.infra.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


COLUMNS = (
    ("query", lambda: sa.Column("asked_of", sa.JSON(), nullable=True)),
    ("query", lambda: sa.Column("changes", sa.JSON(), nullable=False, server_default="[]")),
    ("query", lambda: sa.Column("reminded_days", sa.Integer(), nullable=True)),
    ("attachment", lambda: sa.Column("attested_at", UtcDateTime(), nullable=True)),
    ("attachment", lambda: sa.Column("attested_by", sa.String(length=120), nullable=False, server_default="")),
    ("attachment", lambda: sa.Column("attested_sha256", sa.String(length=64), nullable=True)),
    ("certificate", lambda: sa.Column("changed_fields", sa.JSON(), nullable=False, server_default="[]")),
)


def upgrade():
    for table, column in COLUMNS:
        op.add_column(table, column())


def downgrade():
    for table, column in reversed(COLUMNS):
        op.drop_column(table, column().name)
