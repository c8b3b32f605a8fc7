"""The record of a certificate can be had as a sealed file, and its use is counted by day.

Revision ID: 0016
Revises: 0015
Create Date: 2026-11-27 16:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _kinds(*kinds):
    listed = ",".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.drop_constraint("ck_bundle_kind", type_="check")
        batch_op.create_check_constraint("ck_bundle_kind", f"kind IN ({listed})")


def upgrade():
    _kinds("ZIP", "PRINT", "TRAIL")
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sha256", sa.String(length=64), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_bundle_sha256"), ["sha256"], unique=False)
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_url"), ["url"], unique=False)
    op.create_table(
        "certificate_day",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("downloads", sa.Integer(), nullable=False),
        sa.Column("verifications", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"]),
        sa.PrimaryKeyConstraint("certificate_id", "day"),
    )


def downgrade():
    op.drop_table("certificate_day")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_url"))
    op.execute("DELETE FROM bundle WHERE kind = 'TRAIL'")
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bundle_sha256"))
        batch_op.drop_column("sha256")
    _kinds("ZIP", "PRINT")
