"""Customs brokers act for firms: brokers, their people, delegations; who signed for whom, and for which firm a notice rings.

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-27 06:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

from app.infra.db import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UNDER_WAY = sa.text("status IN ('OFFERED','ACTIVE')")


def record():
    """The columns of every business row."""
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )


def upgrade():
    op.create_table(
        "broker",
        sa.Column("licence_no", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("pan", sa.String(length=10), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("status IN ('ACTIVE','SUSPENDED')", name="ck_broker_status"),
        sa.UniqueConstraint("licence_no"),
        *record(),
    )
    op.create_table(
        "broker_user",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("broker_id", sa.Integer(), nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.CheckConstraint("status IN ('ACTIVE','DISABLED')", name="ck_broker_user_status"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["broker_id"], ["broker.id"]),
        sa.UniqueConstraint("user_id"),
        *record(),
    )
    op.create_index("ix_broker_user_broker_id", "broker_user", ["broker_id"])
    op.create_table(
        "delegation",
        sa.Column("exporter_id", sa.Integer(), nullable=False),
        sa.Column("broker_id", sa.Integer(), nullable=False),
        sa.Column("exporter_name", sa.String(length=200), nullable=False),
        sa.Column("exporter_iec", sa.String(length=10), nullable=False),
        sa.Column("broker_name", sa.String(length=200), nullable=False),
        sa.Column("licence_no", sa.String(length=30), nullable=False),
        sa.Column("scope", sa.String(length=6), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("granted_by", sa.String(length=120), nullable=False),
        sa.Column("answered_by", sa.String(length=120), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=120), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("scope IN ('READ','DRAFT','SUBMIT')", name="ck_delegation_scope"),
        sa.CheckConstraint("status IN ('OFFERED','ACTIVE','DECLINED','ENDED','EXPIRED')", name="ck_delegation_status"),
        sa.CheckConstraint("until >= from_date", name="ck_delegation_days"),
        sa.ForeignKeyConstraint(["exporter_id"], ["exporter.id"]),
        sa.ForeignKeyConstraint(["broker_id"], ["broker.id"]),
        *record(),
    )
    for column in ("exporter_id", "broker_id", "exporter_iec"):
        op.create_index(f"ix_delegation_{column}", "delegation", [column])
    op.create_index(
        "uq_delegation_open", "delegation", ["exporter_id", "broker_id"], unique=True, postgresql_where=UNDER_WAY,
        sqlite_where=UNDER_WAY,
    )  # fmt: skip
    op.add_column("application", sa.Column("broker", sa.JSON(none_as_null=True), nullable=True))
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("exporter_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("fk_notice_exporter_id_exporter", "exporter", ["exporter_id"], ["id"])
    with op.batch_alter_table("unfinished_filing", schema=None) as batch_op:
        batch_op.drop_constraint("uq_unfinished_filing", type_="unique")
        batch_op.create_unique_constraint("uq_unfinished_filing", ["user_id", "exporter_id", "application_id"])


def downgrade():
    with op.batch_alter_table("unfinished_filing", schema=None) as batch_op:
        batch_op.drop_constraint("uq_unfinished_filing", type_="unique")
        batch_op.create_unique_constraint("uq_unfinished_filing", ["user_id", "application_id"])
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_constraint("fk_notice_exporter_id_exporter", type_="foreignkey")
        batch_op.drop_column("exporter_id")
    op.drop_column("application", "broker")
    op.drop_table("delegation")
    op.drop_table("broker_user")
    op.drop_table("broker")
