"""Issued files have forms for the archive, and the lists of revoked certificates a place for what was fetched when.

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-27 06:40:00
"""

import sqlalchemy as sa
from alembic import op

from app.infra.db import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "revision",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=5), nullable=False),
        sa.Column("stamped_at", UtcDateTime(), nullable=False),
        sa.Column("stamp_ends", UtcDateTime(), nullable=False),
        sa.Column("exporter_id", sa.Integer(), nullable=False),
        sa.Column("desk_agency_id", sa.Integer(), nullable=True),
        sa.Column("desk_office_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["desk_agency_id"], ["agency.id"]),
        sa.ForeignKeyConstraint(["desk_office_id"], ["office.id"]),
        sa.ForeignKeyConstraint(["exporter_id"], ["exporter.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("certificate_id", "number", name="uq_revision"),
    )
    with op.batch_alter_table("revision", schema=None) as batch_op:
        for column in ("certificate_id", "desk_agency_id", "desk_office_id", "exporter_id", "sha256"):
            batch_op.create_index(batch_op.f(f"ix_revision_{column}"), [column], unique=False)
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("archive_due", UtcDateTime(), nullable=True))
        batch_op.create_index(batch_op.f("ix_certificate_archive_due"), ["archive_due"], unique=False)
    # What was issued before is archived too, as soon as the next round looks.
    op.execute("UPDATE certificate SET archive_due = issued_at WHERE sha256 IS NOT NULL")
    op.create_table(
        "revocation_source",
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("issuer", sa.String(length=400), nullable=False),
        sa.Column("this_update", UtcDateTime(), nullable=True),
        sa.Column("next_update", UtcDateTime(), nullable=True),
        sa.Column("fetched_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("url"),
    )


def downgrade():
    op.drop_table("revocation_source")
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_archive_due"))
        batch_op.drop_column("archive_due")
    op.drop_table("revision")
