"""answers of persons to a return.

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-30 18:30:00
"""

import sqlalchemy as sa
from alembic import op

from app.models.triggers import install_triggers

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: whoever submitted again before has said nothing."""
    op.add_column('person', sa.Column('return_answer', sa.Text(), nullable=True))
    install_triggers(op.get_bind())


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('return_answer')
    install_triggers(op.get_bind())
