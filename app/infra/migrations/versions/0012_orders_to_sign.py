"""Orders to sign: a document that waits for the hand of whoever holds the key.

Revision ID: 0012
Revises: 0011
Create Date: 2026-11-27 06:03:00.000000
"""

import sqlalchemy as sa
from alembic import op

from app.infra.db import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LIVING = sa.text("status IN ('WAITING','ANSWERED')")


def upgrade():
    op.create_table(
        "signature_order",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=True),
        sa.Column("exporter_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("exporter_name", sa.String(length=200), nullable=False),
        sa.Column("consignee_name", sa.String(length=200), nullable=False),
        sa.Column("certificate_sha256", sa.String(length=64), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("prepared", sa.LargeBinary(), nullable=True),
        sa.Column("signing_time", UtcDateTime(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "status IN ('WAITING','ANSWERED','DONE','REFUSED','EXPIRED','FAILED')", name="ck_signature_order_status"
        ),
        sa.CheckConstraint("status NOT IN ('ANSWERED','DONE') OR signature <> ''", name="ck_signature_order_answered"),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["exporter_id"], ["exporter.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("signature_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signature_order_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signature_order_exporter_id"), ["exporter_id"], unique=False)
        batch_op.create_index("ix_signature_order_due", ["status", "expires_at"], unique=False)
        batch_op.create_index("ix_signature_order_holder", ["user_id", "status"], unique=False)
        batch_op.create_index(
            "uq_signature_order_living", ["subject", "subject_id"], unique=True, postgresql_where=LIVING, sqlite_where=LIVING
        )


def downgrade():
    op.drop_table("signature_order")
