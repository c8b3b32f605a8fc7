"""An e-signature is ordered from the Aadhaar e-sign provider, and what came back is kept for evidence.

Revision ID: 0017
Revises: 0016
Create Date: 2026-11-27 15:40:00
"""

import sqlalchemy as sa
from alembic import op

from app.infra.db import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_WAITING = sa.text("status = 'WAITING'")


def upgrade():
    op.create_table(
        "esign_order",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("exporter_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=6), nullable=False),
        sa.Column("about", sa.String(length=50), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("txn", sa.String(length=50), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("consented_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("status IN ('WAITING','DONE','REFUSED','EXPIRED')", name="ck_esign_order_status"),
        sa.CheckConstraint("what IN ('SUBMIT','REPLY')", name="ck_esign_order_what"),
        sa.CheckConstraint("status <> 'DONE' OR signature <> ''", name="ck_esign_order_done"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["exporter_id"], ["exporter.id"]),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("txn"),
    )
    with op.batch_alter_table("esign_order", schema=None) as batch_op:
        for column in ("user_id", "exporter_id", "application_id"):
            batch_op.create_index(batch_op.f(f"ix_esign_order_{column}"), [column], unique=False)
        batch_op.create_index("ix_esign_order_due", ["status", "expires_at"], unique=False)
        batch_op.create_index(
            "uq_esign_order_waiting", ["user_id", "application_id"], unique=True,
            postgresql_where=_WAITING, sqlite_where=_WAITING,
        )  # fmt: skip


def downgrade():
    op.drop_table("esign_order")
