"""How a person of a firm signs is read from what is registered, and no longer kept beside it.

Revision ID: 0014
Revises: 0013
Create Date: 2026-11-27 12:40:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NAME = "ck_exporter_user_sign_mode"


def upgrade():
    with op.batch_alter_table("exporter_user", schema=None) as batch_op:
        batch_op.drop_constraint(NAME, type_="check")
        batch_op.drop_column("sign_mode")


def downgrade():
    with op.batch_alter_table("exporter_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sign_mode", sa.String(length=7), nullable=False, server_default="NONE"))
        batch_op.create_check_constraint(NAME, "sign_mode IN ('NONE','DSC','AADHAAR')")
    op.execute(
        "UPDATE exporter_user SET sign_mode = 'DSC' WHERE EXISTS "
        "(SELECT 1 FROM dsc_registration d WHERE d.user_id = exporter_user.user_id AND d.status = 'ACTIVE')"
    )
