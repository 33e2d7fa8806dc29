"""why a case was cancelled: its words are kept as those of a verdict.

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-30 18:10:00
"""

import sqlalchemy as sa
from alembic import op

from app.models import base
from app.models.triggers import install_triggers

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

NAME = 'ck_review_verdict_known'
BEFORE = "verdict IN ('approve', 'send_back', 'back', 'reject', 'undo')"
AFTER = "verdict IN ('approve', 'send_back', 'back', 'reject', 'undo', 'cancel')"


def upgrade() -> None:
    """Allow the verdict `cancel`; the rows stay as they are."""
    _allow(AFTER)


def downgrade() -> None:
    """Refuse it again; where a case was cancelled since, the database says no."""
    _allow(BEFORE)


def _allow(verdicts: str) -> None:
    if op.get_bind().dialect.name == 'sqlite':
        with op.batch_alter_table('review', copy_from=_review(verdicts), recreate='always'):
            pass
    else:
        op.drop_constraint(op.f(NAME), 'review', type_='check')
        op.create_check_constraint(op.f(NAME), 'review', verdicts)
    install_triggers(op.get_bind())


def _review(verdicts: str) -> sa.Table:
    """The whole table as it is to be: a copy made by reflection would lose its checks."""
    return sa.Table(
        'review',
        sa.MetaData(),
        sa.Column('application_id', base.Id, autoincrement=False, nullable=False),
        sa.Column('id', base.Id, autoincrement=False, nullable=False),
        sa.Column('version_no', sa.Integer(), nullable=False),
        sa.Column('stage_code', sa.String(40), nullable=False),
        sa.Column('verdict', sa.String(12), nullable=False),
        sa.Column('actor_id', base.Id, nullable=False),
        sa.Column('actor_key', sa.String(64), nullable=False),
        sa.Column('actor_name', sa.String(60), nullable=False),
        sa.Column('role', sa.String(64), nullable=False),
        sa.Column('lock_seen', sa.Integer(), nullable=False),
        sa.Column('text', sa.Text(), nullable=True),
        sa.Column('before', base.Json, nullable=True),
        sa.Column('undoes_id', base.Id, nullable=True),
        sa.Column('batch_id', base.Id, nullable=True),
        sa.Column('at', base.Utc(timezone=True), nullable=False),
        sa.CheckConstraint("(verdict = 'undo') = (undoes_id IS NOT NULL)", name='ck_review_undoes_iff_undo'),
        sa.CheckConstraint(verdicts, name=NAME),
        sa.ForeignKeyConstraint(['actor_id'], ['ab_user.id'], name='fk_review_actor_id'),
        sa.ForeignKeyConstraint(['application_id'], ['application.id'], name='fk_review_application_id'),
        sa.PrimaryKeyConstraint('application_id', 'id', name='pk_review'),
        sa.UniqueConstraint('application_id', 'lock_seen', name='uq_review_lock'),
        sa.UniqueConstraint('application_id', 'undoes_id', name='uq_review_undoes'),
        sa.Index('ix_review_actor', 'actor_id', 'id'),
        sa.Index('ix_review_batch', 'batch_id'),
    )
