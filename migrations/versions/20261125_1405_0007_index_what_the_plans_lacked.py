"""index what lists still read through: tabs and cards of a bureau, cards that wait to be handed over.

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-25 14:05:00
"""

import sqlalchemy as sa
from alembic import op

from app.models.triggers import install_triggers

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

INDEXES = (
    ('ix_application_county', 'application', ['county_id', 'status', 'entered_at', 'id']),
    ('ix_application_city', 'application', ['city_id', 'status', 'entered_at', 'id']),
    ('ix_card_county', 'card', ['county_id', 'state', 'issued_at', 'id']),
    ('ix_card_city', 'card', ['city_id', 'state', 'issued_at', 'id']),
)
WAITING = sa.text('handed_at IS NULL')


def upgrade() -> None:
    """Add the indexes; the rows stay as they are."""
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    op.create_index(
        'ix_card_print_waiting', 'card_print', ['card_id'], sqlite_where=WAITING, postgresql_where=WAITING
    )
    install_triggers(op.get_bind())


def downgrade() -> None:
    """Drop them."""
    op.drop_index('ix_card_print_waiting', 'card_print')
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
    install_triggers(op.get_bind())
