"""search by beginning: numbers, user names and names compare byte by byte; cards by person.

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-25 13:20:00
"""

import sqlalchemy as sa
from alembic import op

from app.models.triggers import install_triggers

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

PLAIN = (
    ('ab_user', 'username', 128),
    ('ab_user', 'full_name', 60),
    ('employer', 'credit_code', 18),
    ('application', 'no', 40),
    ('roster', 'no', 40),
    ('card', 'no', 40),
)
SEVERAL = sa.text("name_py LIKE '% %'")


def _collate(collation: str | None) -> None:
    # SQLite compares byte by byte already.
    if op.get_bind().dialect.name == 'postgresql':
        for table, column, length in PLAIN:
            op.alter_column(table, column, type_=sa.String(length, collation=collation))


def upgrade() -> None:
    """Change how columns compare, which builds their indexes anew, and add three indexes; the rows stay."""
    _collate('C')
    op.create_index('ix_ab_user_full_name', 'ab_user', ['full_name'])
    op.create_index('ix_card_person', 'card', ['person_id', 'id'])
    op.create_index(
        'ix_person_readings', 'person', ['name_py', 'name_initials'],
        sqlite_where=SEVERAL, postgresql_where=SEVERAL,
    )
    install_triggers(op.get_bind())


def downgrade() -> None:
    """Take back."""
    op.drop_index('ix_person_readings', 'person')
    op.drop_index('ix_card_person', 'card')
    op.drop_index('ix_ab_user_full_name', 'ab_user')
    _collate(None)
    install_triggers(op.get_bind())
