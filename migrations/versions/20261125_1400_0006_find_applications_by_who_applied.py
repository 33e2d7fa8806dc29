"""index applications by who applied: a person is the same one under a new account.

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-25 14:00:00
"""

from alembic import op

from app.models.triggers import install_triggers

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index; the rows stay as they are."""
    op.create_index('ix_application_applicant_key', 'application', ['applicant_key', 'id'])
    install_triggers(op.get_bind())


def downgrade() -> None:
    """Drop the index."""
    op.drop_index('ix_application_applicant_key', 'application')
    install_triggers(op.get_bind())
