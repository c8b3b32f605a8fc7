"""Agencies come aboard: registration, mails, images, proofs of keys, second factors, specimens.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-23 23:49:53.346835
"""

import sqlalchemy as sa
from alembic import op

from app.infra.db import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "dsc_challenge",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("backend", sa.String(length=10), nullable=False),
        sa.Column("certificate_pem", sa.Text(), nullable=False),
        sa.Column("chain_pem", sa.Text(), nullable=False),
        sa.Column("key_ref", sa.String(length=200), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
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
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("nonce"),
    )
    with op.batch_alter_table("dsc_challenge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dsc_challenge_user_id"), ["user_id"], unique=False)

    op.create_table(
        "mail",
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mail_recipient"), ["recipient"], unique=False)

    op.create_table(
        "password_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_sha256"),
    )
    with op.batch_alter_table("password_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_link_user_id"), ["user_id"], unique=False)

    op.create_table(
        "sign_in",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("issued_until", UtcDateTime(), nullable=True),
        sa.Column("password_changed_at", UtcDateTime(), nullable=True),
        sa.Column("totp_secret", sa.String(length=255), nullable=False),
        sa.Column("totp_confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("recovery_hashes", sa.JSON(), nullable=False),
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
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id"),
    )
    op.create_table(
        "official_image",
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("agency_user_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("original_sha256", sa.String(length=64), nullable=False),
        sa.Column("ink_sha256", sa.String(length=64), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("rotate", sa.Integer(), nullable=False),
        sa.Column("size_percent", sa.Integer(), nullable=False),
        sa.Column("opacity_percent", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("current_from", UtcDateTime(), nullable=True),
        sa.Column("current_to", UtcDateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('STAMP','SIGNATURE')", name="ck_official_image_kind"),
        sa.CheckConstraint("state IN ('DRAFT','CURRENT','RETIRED')", name="ck_official_image_state"),
        sa.CheckConstraint("(office_id IS NULL) <> (agency_user_id IS NULL)", name="ck_official_image_owner"),
        sa.ForeignKeyConstraint(
            ["agency_id"],
            ["agency.id"],
        ),
        sa.ForeignKeyConstraint(
            ["agency_user_id"],
            ["agency_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["office_id"],
            ["office.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("official_image", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_official_image_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_official_image_agency_user_id"), ["agency_user_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_official_image_office_id"), ["office_id"], unique=False)

    op.create_table(
        "specimen",
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("office_name", sa.String(length=120), nullable=False),
        sa.Column("officer_name", sa.String(length=120), nullable=False),
        sa.Column("data_snapshot", sa.JSON(), nullable=False),
        sa.Column("stamp_sha256", sa.String(length=64), nullable=True),
        sa.Column("signature_image_sha256", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("ready_at", UtcDateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("number LIKE 'SPECIMEN-%'", name="ck_specimen_number"),
        sa.CheckConstraint("state IN ('PROMISED','READY','FAILED')", name="ck_specimen_state"),
        sa.ForeignKeyConstraint(
            ["agency_id"],
            ["agency.id"],
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["office_id"],
            ["office.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["agency_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("specimen", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_specimen_agency_id"), ["agency_id"], unique=False)

    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.add_column(sa.Column("onboard_by", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("live_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("status_reason", sa.Text(), nullable=False, server_default=""))

    with op.batch_alter_table("agency_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("letter_sha256", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("letter_name", sa.String(length=120), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("letter_mime", sa.String(length=30), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("request_token_sha256", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("otp_sha256", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("otp_expires_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("otp_tries", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("email_verified_at", UtcDateTime(), nullable=True))
        batch_op.create_index("uq_agency_user_request", ["request_token_sha256"], unique=True)

    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.add_column(sa.Column("filed_office", sa.String(length=3), nullable=False, server_default=""))

    with op.batch_alter_table("dsc_registration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("end_reason", sa.String(length=500), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("reminded_days", sa.Integer(), nullable=True))

    with op.batch_alter_table("office", schema=None) as batch_op:
        batch_op.add_column(sa.Column("status_reason", sa.Text(), nullable=False, server_default=""))

    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seen_at", UtcDateTime(), nullable=False, server_default=sa.text("'2026-01-01 00:00:00'")))
        batch_op.add_column(sa.Column("browser", sa.String(length=200), nullable=False, server_default=""))


def downgrade():
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.drop_column("browser")
        batch_op.drop_column("seen_at")

    with op.batch_alter_table("office", schema=None) as batch_op:
        batch_op.drop_column("status_reason")

    with op.batch_alter_table("dsc_registration", schema=None) as batch_op:
        batch_op.drop_column("reminded_days")
        batch_op.drop_column("end_reason")
        batch_op.drop_column("ended_at")

    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_column("filed_office")

    with op.batch_alter_table("agency_user", schema=None) as batch_op:
        batch_op.drop_index("uq_agency_user_request")
        batch_op.drop_column("email_verified_at")
        batch_op.drop_column("otp_tries")
        batch_op.drop_column("otp_expires_at")
        batch_op.drop_column("otp_sha256")
        batch_op.drop_column("request_token_sha256")
        batch_op.drop_column("letter_mime")
        batch_op.drop_column("letter_name")
        batch_op.drop_column("letter_sha256")

    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.drop_column("status_reason")
        batch_op.drop_column("live_at")
        batch_op.drop_column("onboard_by")

    with op.batch_alter_table("specimen", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_specimen_agency_id"))

    op.drop_table("specimen")
    with op.batch_alter_table("official_image", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_official_image_office_id"))
        batch_op.drop_index(batch_op.f("ix_official_image_agency_user_id"))
        batch_op.drop_index(batch_op.f("ix_official_image_agency_id"))

    op.drop_table("official_image")
    op.drop_table("sign_in")
    with op.batch_alter_table("password_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_password_link_user_id"))

    op.drop_table("password_link")
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mail_recipient"))

    op.drop_table("mail")
    with op.batch_alter_table("dsc_challenge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dsc_challenge_user_id"))

    op.drop_table("dsc_challenge")
