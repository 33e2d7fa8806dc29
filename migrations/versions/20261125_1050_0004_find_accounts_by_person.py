"""index accounts by person: a deferred key is checked from the other side with every new person.

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-25 10:50:00
"""

from alembic import op

from app.models.triggers import install_triggers

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index; the rows stay as they are."""
    op.create_index('ix_ab_user_person', 'ab_user', ['person_id'])
    install_triggers(op.get_bind())


def downgrade() -> None:
    """Drop the index."""
    op.drop_index('ix_ab_user_person', 'ab_user')
    install_triggers(op.get_bind())
