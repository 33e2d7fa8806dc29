"""index the audit chains by time and by actor, for the auditor's list.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-25 08:15:00
"""

from alembic import op

from app.models.triggers import install_triggers

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both indexes; the rows stay as they are."""
    op.create_index('ix_audit_event_at', 'audit_event', ['at'])
    op.create_index('ix_audit_event_actor', 'audit_event', ['actor_id', 'at'])
    install_triggers(op.get_bind())


def downgrade() -> None:
    """Drop both indexes."""
    op.drop_index('ix_audit_event_actor', 'audit_event')
    op.drop_index('ix_audit_event_at', 'audit_event')
    install_triggers(op.get_bind())
