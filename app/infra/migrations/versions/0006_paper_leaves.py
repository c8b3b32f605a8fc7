"""Paper leaves with a code and a count of their prints; certificates put together into one file.

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-27 05:54:49.793494
"""

import sqlalchemy as sa
from alembic import op

from app.infra.db import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "bundle",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("certificate_ids", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("ready_at", UtcDateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('ZIP','PRINT')", name="ck_bundle_kind"),
        sa.CheckConstraint("state IN ('PROMISED','READY','FAILED','GONE')", name="ck_bundle_state"),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bundle_user_id"), ["user_id"], unique=False)

    op.create_table(
        "leaf_print",
        sa.Column("leaf_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("printed_by", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("exporter_id", sa.Integer(), nullable=False),
        sa.Column("desk_agency_id", sa.Integer(), nullable=True),
        sa.Column("desk_office_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["desk_agency_id"],
            ["agency.id"],
        ),
        sa.ForeignKeyConstraint(
            ["desk_office_id"],
            ["office.id"],
        ),
        sa.ForeignKeyConstraint(
            ["exporter_id"],
            ["exporter.id"],
        ),
        sa.ForeignKeyConstraint(
            ["leaf_id"],
            ["leaf.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("leaf_id", "number", name="uq_leaf_print"),
    )
    with op.batch_alter_table("leaf_print", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_leaf_print_desk_agency_id"), ["desk_agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_leaf_print_desk_office_id"), ["desk_office_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_leaf_print_exporter_id"), ["exporter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_leaf_print_leaf_id"), ["leaf_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_leaf_print_sha256"), ["sha256"], unique=False)

    with op.batch_alter_table("leaf", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code", sa.String(length=9), nullable=True))
        batch_op.add_column(sa.Column("prints", sa.Integer(), nullable=False, server_default="0"))
        batch_op.alter_column("prints", server_default=None)
        batch_op.create_unique_constraint("uq_leaf_code", ["code"])


def downgrade():
    with op.batch_alter_table("leaf", schema=None) as batch_op:
        batch_op.drop_constraint("uq_leaf_code", type_="unique")
        batch_op.drop_column("prints")
        batch_op.drop_column("code")

    with op.batch_alter_table("leaf_print", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_leaf_print_sha256"))
        batch_op.drop_index(batch_op.f("ix_leaf_print_leaf_id"))
        batch_op.drop_index(batch_op.f("ix_leaf_print_exporter_id"))
        batch_op.drop_index(batch_op.f("ix_leaf_print_desk_office_id"))
        batch_op.drop_index(batch_op.f("ix_leaf_print_desk_agency_id"))

    op.drop_table("leaf_print")
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bundle_user_id"))

    op.drop_table("bundle")
