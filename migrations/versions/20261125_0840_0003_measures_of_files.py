"""measures of files.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-25 08:40:00
"""

import sqlalchemy as sa
from alembic import op

from app.models import base
from app.models.triggers import install_triggers

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: files stored before have no measures and give no finding."""
    op.add_column('blob', sa.Column('measures', base.Json, nullable=True))
    install_triggers(op.get_bind())


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table('blob', schema=None) as batch_op:
        batch_op.drop_column('measures')
    install_triggers(op.get_bind())
