"""queues at any size: indexes in the order of each list, and at whose desk an approval was given.

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-30 21:40:00
"""

import sqlalchemy as sa
from alembic import op

from app.models.triggers import install_triggers

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
AT_DESK = sa.text('desk_role IS NOT NULL')
LIST = ['entered_at', 'id', 'due_at']
DESK = ['desk_agency_id', 'programme_id', 'desk_role', 'status', 'is_ready', *LIST]
EMPLOYER = ['employer_id', 'programme_id', 'status', 'is_ready', 'desk_role', *LIST, 'desk_agency_id']
BEFORE = ['desk_agency_id', 'desk_role', 'is_ready', 'entered_at', 'id']
PLACES = {'employer': 'employer_id', 'county': 'county_id', 'city': 'city_id'}
VERSION = sa.table(
    'programme_version', sa.column('id', ID), sa.column('programme_id', ID), sa.column('document', sa.JSON)
)


def _index(name: str, columns: list[str]) -> None:
    op.create_index(name, 'application', columns, sqlite_where=AT_DESK, postgresql_where=AT_DESK)


def _name_desks() -> None:
    """Who gave an approval: the role of its stage, at the employer or bureau of the case."""
    connection = op.get_bind()
    versions = connection.execute(sa.select(VERSION.c.id, VERSION.c.programme_id, VERSION.c.document)).all()
    for version_id, programme_id, document in versions:
        for stage in document['stages']:
            connection.execute(
                sa.text(
                    'UPDATE approval SET role = :role, programme_id = :programme, place_id = (SELECT application.'
                    f'{PLACES[stage["party"]]} FROM application WHERE application.id = approval.application_id)'
                    ' WHERE stage_code = :stage AND EXISTS (SELECT 1 FROM application'
                    ' WHERE application.id = approval.application_id AND application.programme_version_id = :version)'
                ),
                {
                    'role': stage['role'], 'programme': programme_id, 'stage': stage['code'],
                    'version': version_id,
                },
            )


def upgrade() -> None:
    """Add the indexes, and name the desk of every approval there is."""
    op.drop_index('ix_application_desk', 'application')
    _index('ix_application_desk', DESK)
    _index('ix_application_employer_desk', EMPLOYER)
    op.add_column('approval', sa.Column('role', sa.String(length=64), nullable=True))
    op.add_column('approval', sa.Column('place_id', ID, nullable=True))
    op.add_column('approval', sa.Column('programme_id', ID, nullable=True))
    _name_desks()
    with op.batch_alter_table('approval') as batch:
        batch.alter_column('role', existing_type=sa.String(length=64), nullable=False)
        batch.alter_column('place_id', existing_type=ID, nullable=False)
        batch.alter_column('programme_id', existing_type=ID, nullable=False)
        batch.create_foreign_key('fk_approval_programme_id', 'programme', ['programme_id'], ['id'])
    op.create_index('ix_approval_desk', 'approval', ['place_id', 'role', 'programme_id', 'review_id'])
    op.create_index('ix_review_actor_at', 'review', ['actor_id', 'at'])
    install_triggers(op.get_bind())


def downgrade() -> None:
    """Back to the one index, and approvals without their desk."""
    op.drop_index('ix_review_actor_at', 'review')
    op.drop_index('ix_approval_desk', 'approval')
    with op.batch_alter_table('approval') as batch:
        batch.drop_constraint('fk_approval_programme_id', type_='foreignkey')
        batch.drop_column('programme_id')
        batch.drop_column('place_id')
        batch.drop_column('role')
    op.drop_index('ix_application_employer_desk', 'application')
    op.drop_index('ix_application_desk', 'application')
    _index('ix_application_desk', BEFORE)
    install_triggers(op.get_bind())
