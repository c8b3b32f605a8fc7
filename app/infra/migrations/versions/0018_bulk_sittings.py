"""Bulk sittings: many applications decided with one confirmation, part by part.

Revision ID: 0018
Revises: 0017
Create Date: 2026-11-27 15:40:00
"""

import sqlalchemy as sa
from alembic import op

from app.infra.db import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "sitting",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("officer_name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("origin_criteria_checked", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("status IN ('PREVIEW','RUNNING','PAUSED','CANCELLED','DONE')", name="ck_sitting_status"),
        sa.CheckConstraint("kind IN ('APPROVE','TAKE_UP','SIGN')", name="ck_sitting_kind"),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sitting_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=17), nullable=False),
        sa.Column("seen_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.CheckConstraint("state IN ('WAITING','DONE','REFUSED','FAILED','SKIPPED')", name="ck_sitting_row_state"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"]),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sitting_id", "application_id", name="uq_sitting_row"),
    )
    with op.batch_alter_table("sitting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sitting_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sitting_user_id"), ["user_id"], unique=False)
    with op.batch_alter_table("sitting_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sitting_row_application_id"), ["application_id"], unique=False)
        batch_op.create_index("ix_sitting_row_next", ["sitting_id", "state", "office_id", "id"], unique=False)


def downgrade():
    op.drop_table("sitting_row")
    op.drop_table("sitting")
