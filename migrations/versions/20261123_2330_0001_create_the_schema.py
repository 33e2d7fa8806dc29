"""create the schema.

Revision ID: 0001
Revises: 
Create Date: 2026-11-24 00:22:23.973673
"""

import sqlalchemy as sa
from alembic import op

from app.models import base
from app.models.triggers import install_triggers
from sqlalchemy.dialects import postgresql
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

# Tables that refer to each other: PostgreSQL adds these keys once all tables exist, SQLite has them inline.
CIRCULAR = (
    ("fk_ab_user_doc_no", "ab_user", "secret_value", "doc_no_id", False),
    ("fk_ab_user_employer", "ab_user", "employer", "employer_id", False),
    ("fk_ab_user_mobile", "ab_user", "secret_value", "mobile_id", False),
    ("fk_ab_user_person", "ab_user", "person", "person_id", True),
    ("fk_employer_contact_account", "employer", "ab_user", "contact_account_id", False),
    ("fk_person_account", "person", "ab_user", "account_id", False),
    ("fk_person_service_account", "person", "ab_user", "service_account_id", False),
    ("fk_application_roster", "application", "roster", "roster_id", False),
)


def _circular_keys() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for name, source, target, column, deferred in CIRCULAR:
        options = {"deferrable": True, "initially": "DEFERRED"} if deferred else {}
        op.create_foreign_key(name, source, target, [column], ["id"], **options)


def _drop_circular_keys() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name, source, *_ in CIRCULAR:
            op.drop_constraint(name, source, type_="foreignkey")



def upgrade() -> None:
    """Apply."""
    op.create_table('ab_group',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('label', sa.String(length=150), nullable=True),
    sa.Column('description', sa.String(length=512), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_group')),
    sa.UniqueConstraint('name', name=op.f('uq_ab_group_name'))
    )
    op.create_table('ab_permission',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_permission')),
    sa.UniqueConstraint('name', name=op.f('uq_ab_permission_name'))
    )
    op.create_table('ab_register_user',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('first_name', sa.String(length=64), nullable=False),
    sa.Column('last_name', sa.String(length=64), nullable=False),
    sa.Column('username', sa.String(length=128), nullable=False),
    sa.Column('password', sa.String(length=256), nullable=True),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('registration_date', sa.DateTime(), nullable=True),
    sa.Column('registration_hash', sa.String(length=256), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_register_user')),
    sa.UniqueConstraint('email', name=op.f('uq_ab_register_user_email')),
    sa.UniqueConstraint('username', name=op.f('uq_ab_register_user_username'))
    )
    op.create_table('ab_role',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_role')),
    sa.UniqueConstraint('name', name=op.f('uq_ab_role_name'))
    )
    op.create_table('ab_view_menu',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=250), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_view_menu')),
    sa.UniqueConstraint('name', name=op.f('uq_ab_view_menu_name'))
    )
    op.create_table('access_event',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('at', base.Utc(timezone=True), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('session', sa.String(length=64), nullable=True),
    sa.Column('ip', sa.String(length=45), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('object_kind', sa.String(length=20), nullable=False),
    sa.Column('object_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('detail', sa.String(length=200), nullable=True),
    sa.Column('result', sa.String(length=40), nullable=False),
    sa.Column('request_id', sa.String(length=40), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_event'))
    )
    with op.batch_alter_table('access_event', schema=None) as batch_op:
        batch_op.create_index('ix_access_event_actor', ['actor_id', 'id'], unique=False)
        batch_op.create_index('ix_access_event_object', ['object_kind', 'object_id', 'id'], unique=False)

    op.create_table('agency',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('parent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('level', sa.String(length=20), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('division_code', sa.String(length=6), nullable=True),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('path', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=False),
    sa.Column('open_for_employers', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=True),
    sa.Column('active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['agency.id'], name=op.f('fk_agency_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agency')),
    sa.UniqueConstraint('code', name='uq_agency_code'),
    sa.UniqueConstraint('path', name='uq_agency_path')
    )
    with op.batch_alter_table('agency', schema=None) as batch_op:
        batch_op.create_index('ix_agency_parent', ['parent_id'], unique=False)

    op.create_table('audit_event',
    sa.Column('subject_kind', sa.String(length=12), nullable=False),
    sa.Column('subject_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event', sa.String(length=40), nullable=False),
    sa.Column('at', base.Utc(timezone=True), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('party', sa.String(length=12), nullable=False),
    sa.Column('role', sa.String(length=64), nullable=True),
    sa.Column('payload', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('prev_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.CheckConstraint("subject_kind IN ('application', 'employer', 'person', 'account', 'roster', 'programme', 'card', 'system', 'access_log')", name=op.f('ck_audit_event_subject_kind_known')),
    sa.PrimaryKeyConstraint('subject_kind', 'subject_id', 'seq', name=op.f('pk_audit_event'))
    )
    op.create_table('blob',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('type', sa.String(length=60), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=True),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('data_key', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(length=20), nullable=False),
    sa.Column('preview_state', sa.String(length=10), server_default='none', nullable=False),
    sa.Column('created', base.Utc(timezone=True), nullable=False),
    sa.CheckConstraint("preview_state IN ('none', 'waiting', 'done', 'failed')", name=op.f('ck_blob_preview_state_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blob')),
    sa.UniqueConstraint('key', name='uq_blob_key'),
    sa.UniqueConstraint('sha256', name='uq_blob_sha256')
    )
    op.create_table('code_list',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_code_list')),
    sa.UniqueConstraint('code', name='uq_code_list_code')
    )
    op.create_table('holiday',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('is_working_day', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holiday')),
    sa.UniqueConstraint('day', name='uq_holiday_day')
    )
    op.create_table('id_node',
    sa.Column('node', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('holder', sa.String(length=120), nullable=False),
    sa.Column('until', base.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('node', name=op.f('pk_id_node'))
    )
    op.create_table('idempotency',
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('request_digest', sa.String(length=64), nullable=False),
    sa.Column('result', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('at', base.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('actor_id', 'key', name=op.f('pk_idempotency'))
    )
    op.create_table('notice',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=100), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('body_hash', sa.String(length=64), nullable=False),
    sa.Column('effective_from', base.Utc(timezone=True), nullable=False),
    sa.Column('expires_at', base.Utc(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('employer', 'person', 'sensitive', 'announcement')", name=op.f('ck_notice_kind_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('kind', 'version', name='uq_notice_version')
    )
    op.create_table('number_series',
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('scope', sa.String(length=60), nullable=False),
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'scope', 'year', name=op.f('pk_number_series'))
    )
    op.create_table('permission_epoch',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('n', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default=sa.text('0'), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_permission_epoch_single_row')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_permission_epoch'))
    )
    op.create_table('phrase',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('stage_code', sa.String(length=40), nullable=True),
    sa.Column('verdict', sa.String(length=12), server_default='approve', nullable=False),
    sa.Column('position', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('text', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_phrase'))
    )
    op.create_table('programme',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('short_name', sa.String(length=60), nullable=False),
    sa.Column('created', base.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme')),
    sa.UniqueConstraint('code', name='uq_programme_code')
    )
    op.create_table('seeded_grant',
    sa.Column('role', sa.String(length=64), nullable=False),
    sa.Column('permission', sa.String(length=100), nullable=False),
    sa.Column('view', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('role', 'permission', 'view', name=op.f('pk_seeded_grant'))
    )
    op.create_table('site',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('document', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('updated', base.Utc(timezone=True), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_site_single_row')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site'))
    )
    op.create_table('ab_group_role',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('group_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('role_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['group_id'], ['ab_group.id'], name=op.f('fk_ab_group_role_group_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_ab_group_role_role_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_group_role')),
    sa.UniqueConstraint('group_id', 'role_id', name=op.f('uq_ab_group_role_group_id_role_id'))
    )
    with op.batch_alter_table('ab_group_role', schema=None) as batch_op:
        batch_op.create_index('idx_group_id', ['group_id'], unique=False)
        batch_op.create_index('idx_group_role_id', ['role_id'], unique=False)

    op.create_table('ab_permission_view',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('permission_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('view_menu_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['permission_id'], ['ab_permission.id'], name=op.f('fk_ab_permission_view_permission_id')),
    sa.ForeignKeyConstraint(['view_menu_id'], ['ab_view_menu.id'], name=op.f('fk_ab_permission_view_view_menu_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_permission_view')),
    sa.UniqueConstraint('permission_id', 'view_menu_id', name=op.f('uq_ab_permission_view_permission_id_view_menu_id'))
    )
    with op.batch_alter_table('ab_permission_view', schema=None) as batch_op:
        batch_op.create_index('idx_permission_id', ['permission_id'], unique=False)
        batch_op.create_index('idx_view_menu_id', ['view_menu_id'], unique=False)

    op.create_table('ab_user',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('first_name', sa.String(length=64), nullable=False),
    sa.Column('last_name', sa.String(length=64), nullable=False),
    sa.Column('username', sa.String(length=128), nullable=False),
    sa.Column('password', sa.String(length=256), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=True),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('last_login', sa.DateTime(), nullable=True),
    sa.Column('login_count', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('fail_login_count', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_on', sa.DateTime(), nullable=True),
    sa.Column('changed_on', sa.DateTime(), nullable=True),
    sa.Column('created_by_fk', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('changed_by_fk', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('kind', sa.String(length=12), server_default='superuser', nullable=False),
    sa.Column('employer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('agency_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('full_name', sa.String(length=60), server_default='', nullable=False),
    sa.Column('doc_type', sa.String(length=4), nullable=True),
    sa.Column('doc_no_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('doc_no_masked', sa.String(length=40), nullable=True),
    sa.Column('mobile_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('mobile_masked', sa.String(length=40), nullable=True),
    sa.Column('person_key', sa.String(length=64), nullable=True),
    sa.Column('preferences', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('password_changed_at', base.Utc(timezone=True), nullable=True),
    sa.Column('closed_at', base.Utc(timezone=True), nullable=True),
    sa.Column('lock', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default=sa.text('0'), nullable=False),
    sa.CheckConstraint("(kind = 'employer') = (employer_id IS NOT NULL) AND (kind = 'person') = (person_id IS NOT NULL) AND (kind = 'officer') = (agency_id IS NOT NULL)", name=op.f('ck_ab_user_account_one_owner')),
    sa.CheckConstraint("kind IN ('employer', 'person', 'officer', 'superuser')", name=op.f('ck_ab_user_kind_known')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name='fk_ab_user_agency'),
    sa.ForeignKeyConstraint(['changed_by_fk'], ['ab_user.id'], name=op.f('fk_ab_user_changed_by_fk')),
    sa.ForeignKeyConstraint(['created_by_fk'], ['ab_user.id'], name=op.f('fk_ab_user_created_by_fk')),
    sa.ForeignKeyConstraint(['doc_no_id'], ['secret_value.id'], name='fk_ab_user_doc_no', use_alter=True),
    sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name='fk_ab_user_employer', use_alter=True),
    sa.ForeignKeyConstraint(['mobile_id'], ['secret_value.id'], name='fk_ab_user_mobile', use_alter=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name='fk_ab_user_person', initially='DEFERRED', deferrable=True, use_alter=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_user')),
    sa.UniqueConstraint('email', name=op.f('uq_ab_user_email')),
    sa.UniqueConstraint('username', name=op.f('uq_ab_user_username'))
    )
    with op.batch_alter_table('ab_user', schema=None) as batch_op:
        batch_op.create_index('ix_ab_user_employer', ['employer_id', 'id'], unique=False)
        batch_op.create_index('ix_ab_user_person_key', ['person_key'], unique=False)

    op.create_table('blob_page',
    sa.Column('blob_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('page', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('image_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['blob_id'], ['blob.id'], name=op.f('fk_blob_page_blob_id')),
    sa.ForeignKeyConstraint(['image_id'], ['blob.id'], name=op.f('fk_blob_page_image_id')),
    sa.PrimaryKeyConstraint('blob_id', 'page', name=op.f('pk_blob_page'))
    )
    op.create_table('code',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('list_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('title', sa.String(length=100), nullable=False),
    sa.Column('title_en', sa.String(length=100), nullable=True),
    sa.Column('checker', sa.String(length=30), nullable=True),
    sa.Column('position', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.ForeignKeyConstraint(['list_id'], ['code_list.id'], name=op.f('fk_code_list_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_code')),
    sa.UniqueConstraint('list_id', 'code', name='uq_code_code')
    )
    with op.batch_alter_table('code', schema=None) as batch_op:
        batch_op.create_index('ix_code_position', ['list_id', 'position'], unique=False)

    op.create_table('employer',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('agency_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('agency_path', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('name_key', sa.String(length=100).with_variant(sa.String(length=100, collation='C'), 'postgresql'), nullable=False),
    sa.Column('credit_code', sa.String(length=18), nullable=True),
    sa.Column('state', sa.String(length=12), server_default='draft', nullable=False),
    sa.Column('version_no', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=True),
    sa.Column('phone', sa.String(length=40), nullable=True),
    sa.Column('data', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('contact_account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created', base.Utc(timezone=True), nullable=False),
    sa.Column('submitted_at', base.Utc(timezone=True), nullable=True),
    sa.Column('decided_at', base.Utc(timezone=True), nullable=True),
    sa.Column('lock', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.CheckConstraint("state IN ('draft', 'submitted', 'returned', 'active', 'suspended')", name=op.f('ck_employer_state_known')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_employer_agency_id')),
    sa.ForeignKeyConstraint(['contact_account_id'], ['ab_user.id'], name='fk_employer_contact_account', use_alter=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employer')),
    sa.UniqueConstraint('credit_code', name='uq_employer_credit_code')
    )
    with op.batch_alter_table('employer', schema=None) as batch_op:
        batch_op.create_index('ix_employer_agency_path', ['agency_path', 'state', 'id'], unique=False)
        batch_op.create_index('ix_employer_name_key', ['name_key'], unique=False)
        batch_op.create_index('ix_employer_queue', ['agency_id', 'state', 'submitted_at', 'id'], unique=False)

    op.create_table('programme_version',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('programme_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('document', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=12), server_default='draft', nullable=False),
    sa.Column('created', base.Utc(timezone=True), nullable=False),
    sa.Column('published_at', base.Utc(timezone=True), nullable=True),
    sa.Column('retired_at', base.Utc(timezone=True), nullable=True),
    sa.Column('lock', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.CheckConstraint("state IN ('draft', 'checked', 'published', 'retired')", name=op.f('ck_programme_version_state_known')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_programme_version_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_version')),
    sa.UniqueConstraint('programme_id', 'n', name='uq_programme_version')
    )
    with op.batch_alter_table('programme_version', schema=None) as batch_op:
        batch_op.create_index('uq_programme_published', ['programme_id'], unique=True, sqlite_where=sa.text("state = 'published'"), postgresql_where=sa.text("state = 'published'"))

    op.create_table('ab_api_key',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('uuid', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=256), nullable=False),
    sa.Column('key_hash', sa.String(length=256), nullable=False),
    sa.Column('lookup_hash', sa.String(length=256), nullable=True),
    sa.Column('key_prefix', sa.String(length=16), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('scopes', sa.Text(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_on', sa.DateTime(), nullable=True),
    sa.Column('expires_on', sa.DateTime(), nullable=True),
    sa.Column('revoked_on', sa.DateTime(), nullable=True),
    sa.Column('last_used_on', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_ab_api_key_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_api_key')),
    sa.UniqueConstraint('lookup_hash', name=op.f('uq_ab_api_key_lookup_hash')),
    sa.UniqueConstraint('uuid', name=op.f('uq_ab_api_key_uuid'))
    )
    with op.batch_alter_table('ab_api_key', schema=None) as batch_op:
        batch_op.create_index('idx_api_key_lookup_hash', ['lookup_hash'], unique=True)
        batch_op.create_index('idx_api_key_prefix', ['key_prefix'], unique=False)
        batch_op.create_index('idx_api_key_user_id', ['user_id'], unique=False)

    op.create_table('ab_permission_view_role',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('permission_view_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('role_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['permission_view_id'], ['ab_permission_view.id'], name=op.f('fk_ab_permission_view_role_permission_view_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_ab_permission_view_role_role_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_permission_view_role')),
    sa.UniqueConstraint('permission_view_id', 'role_id', name=op.f('uq_ab_permission_view_role_permission_view_id_role_id'))
    )
    with op.batch_alter_table('ab_permission_view_role', schema=None) as batch_op:
        batch_op.create_index('idx_permission_view_id', ['permission_view_id'], unique=False)
        batch_op.create_index('idx_role_id', ['role_id'], unique=False)

    op.create_table('ab_user_group',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('group_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['group_id'], ['ab_group.id'], name=op.f('fk_ab_user_group_group_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_ab_user_group_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_user_group')),
    sa.UniqueConstraint('user_id', 'group_id', name=op.f('uq_ab_user_group_user_id_group_id'))
    )
    with op.batch_alter_table('ab_user_group', schema=None) as batch_op:
        batch_op.create_index('idx_user_group_id', ['group_id'], unique=False)
        batch_op.create_index('idx_user_id', ['user_id'], unique=False)

    op.create_table('ab_user_role',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('role_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_ab_user_role_role_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_ab_user_role_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_user_role')),
    sa.UniqueConstraint('user_id', 'role_id', name=op.f('uq_ab_user_role_user_id_role_id'))
    )
    op.create_table('attachment',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('owner_kind', sa.String(length=12), nullable=False),
    sa.Column('owner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('slot', sa.String(length=60), nullable=False),
    sa.Column('position', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('blob_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('uploaded_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('uploaded_at', base.Utc(timezone=True), nullable=False),
    sa.Column('removed_at', base.Utc(timezone=True), nullable=True),
    sa.CheckConstraint("owner_kind IN ('employer', 'application', 'roster', 'job', 'person')", name=op.f('ck_attachment_owner_kind_known')),
    sa.ForeignKeyConstraint(['blob_id'], ['blob.id'], name=op.f('fk_attachment_blob_id')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['ab_user.id'], name=op.f('fk_attachment_uploaded_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment'))
    )
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.create_index('ix_attachment_blob', ['blob_id'], unique=False)
        batch_op.create_index('ix_attachment_owner', ['owner_kind', 'owner_id', 'slot'], unique=False)

    op.create_table('consent',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('notice_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('scope', sa.String(length=20), nullable=False),
    sa.Column('at', base.Utc(timezone=True), nullable=False),
    sa.Column('ip', sa.String(length=45), nullable=True),
    sa.Column('agent', sa.String(length=200), nullable=True),
    sa.Column('withdrawn_at', base.Utc(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['ab_user.id'], name=op.f('fk_consent_account_id')),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], name=op.f('fk_consent_notice_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.create_index('ix_consent_account', ['account_id', 'id'], unique=False)

    op.create_table('employer_change',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('employer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('agency_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('before', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('after', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('state', sa.String(length=12), server_default='submitted', nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('requested_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('requested_at', base.Utc(timezone=True), nullable=False),
    sa.Column('decided_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('decided_at', base.Utc(timezone=True), nullable=True),
    sa.Column('lock', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.CheckConstraint("state IN ('submitted', 'approved', 'returned', 'withdrawn')", name=op.f('ck_employer_change_state_known')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_employer_change_agency_id')),
    sa.ForeignKeyConstraint(['decided_by'], ['ab_user.id'], name=op.f('fk_employer_change_decided_by')),
    sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_employer_change_employer_id')),
    sa.ForeignKeyConstraint(['requested_by'], ['ab_user.id'], name=op.f('fk_employer_change_requested_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employer_change'))
    )
    with op.batch_alter_table('employer_change', schema=None) as batch_op:
        batch_op.create_index('ix_employer_change_queue', ['agency_id', 'state', 'id'], unique=False)
        batch_op.create_index('uq_employer_change_open', ['employer_id'], unique=True, sqlite_where=sa.text("state = 'submitted'"), postgresql_where=sa.text("state = 'submitted'"))

    op.create_table('employer_submission',
    sa.Column('employer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('n', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('data', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('files', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('answers', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('submitted_at', base.Utc(timezone=True), nullable=False),
    sa.Column('submitted_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_employer_submission_employer_id')),
    sa.ForeignKeyConstraint(['submitted_by'], ['ab_user.id'], name=op.f('fk_employer_submission_submitted_by')),
    sa.PrimaryKeyConstraint('employer_id', 'n', name=op.f('pk_employer_submission'))
    )
    op.create_table('identity_claim',
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('key_version', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('claimed_at', base.Utc(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('mobile', 'cn18', 'passport', 'hkmacau_permit', 'taiwan_permit', 'resident_card_old', 'other')", name=op.f('ck_identity_claim_kind_known')),
    sa.ForeignKeyConstraint(['account_id'], ['ab_user.id'], name=op.f('fk_identity_claim_account_id')),
    sa.PrimaryKeyConstraint('kind', 'digest', name=op.f('pk_identity_claim'))
    )
    with op.batch_alter_table('identity_claim', schema=None) as batch_op:
        batch_op.create_index('ix_identity_claim_account', ['account_id'], unique=False)

    op.create_table('job',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('args', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('state', sa.String(length=12), server_default='ready', nullable=False),
    sa.Column('run_at', base.Utc(timezone=True), nullable=False),
    sa.Column('priority', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('max_attempts', sa.Integer(), server_default=sa.text('5'), nullable=False),
    sa.Column('lease_until', base.Utc(timezone=True), nullable=True),
    sa.Column('worker', sa.String(length=120), nullable=True),
    sa.Column('published_at', base.Utc(timezone=True), nullable=True),
    sa.Column('key', sa.String(length=160), nullable=True),
    sa.Column('owner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('progress', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('result', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('created', base.Utc(timezone=True), nullable=False),
    sa.Column('finished', base.Utc(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('ready', 'running', 'done', 'dead', 'cancelled')", name=op.f('ck_job_state_known')),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_job_owner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job')),
    sa.UniqueConstraint('key', name='uq_job_key')
    )
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.create_index('ix_job_due', ['run_at', 'id'], unique=False, sqlite_where=sa.text("state = 'ready'"), postgresql_where=sa.text("state = 'ready'"))
        batch_op.create_index('ix_job_lease', ['lease_until'], unique=False, sqlite_where=sa.text("state = 'running'"), postgresql_where=sa.text("state = 'running'"))
        batch_op.create_index('ix_job_owner', ['owner_id', 'id'], unique=False)

    op.create_table('login_session',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('data', sa.Text(), nullable=False),
    sa.Column('created', base.Utc(timezone=True), nullable=False),
    sa.Column('last_seen', base.Utc(timezone=True), nullable=False),
    sa.Column('revoked_at', base.Utc(timezone=True), nullable=True),
    sa.Column('ip', sa.String(length=45), nullable=True),
    sa.Column('agent', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['ab_user.id'], name=op.f('fk_login_session_account_id')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_login_session'))
    )
    with op.batch_alter_table('login_session', schema=None) as batch_op:
        batch_op.create_index('ix_login_session_account', ['account_id'], unique=False)

    op.create_table('person',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('employer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('state', sa.String(length=12), server_default='registered', nullable=False),
    sa.Column('name', sa.String(length=50), nullable=False),
    sa.Column('name_py', sa.String(length=300).with_variant(sa.String(length=300, collation='C'), 'postgresql'), server_default='', nullable=False),
    sa.Column('name_initials', sa.String(length=60).with_variant(sa.String(length=60, collation='C'), 'postgresql'), server_default='', nullable=False),
    sa.Column('name_key', sa.String(length=50).with_variant(sa.String(length=50, collation='C'), 'postgresql'), server_default='', nullable=False),
    sa.Column('doc_type', sa.String(length=4), nullable=False),
    sa.Column('sex', sa.String(length=1), nullable=False),
    sa.Column('birth', sa.Date(), nullable=True),
    sa.Column('service_account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('return_reason', sa.Text(), nullable=True),
    sa.Column('version_no', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('registered_at', base.Utc(timezone=True), nullable=False),
    sa.Column('decided_at', base.Utc(timezone=True), nullable=True),
    sa.Column('lock', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.CheckConstraint("employer_id IS NOT NULL OR state IN ('unbound', 'closed')", name=op.f('ck_person_employer_when_bound')),
    sa.CheckConstraint("state IN ('registered', 'returned', 'active', 'unbound', 'closed')", name=op.f('ck_person_state_known')),
    sa.ForeignKeyConstraint(['account_id'], ['ab_user.id'], name='fk_person_account', use_alter=True),
    sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_person_employer_id')),
    sa.ForeignKeyConstraint(['service_account_id'], ['ab_user.id'], name='fk_person_service_account', use_alter=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('account_id', name=op.f('uq_person_account_id'))
    )
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.create_index('ix_person_name_initials', ['name_initials'], unique=False)
        batch_op.create_index('ix_person_name_key', ['name_key'], unique=False)
        batch_op.create_index('ix_person_name_py', ['name_py'], unique=False)
        batch_op.create_index('ix_person_queue', ['employer_id', 'state', 'registered_at', 'id'], unique=False)
        batch_op.create_index('ix_person_service', ['service_account_id'], unique=False)

    op.create_table('registration_review',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('subject_kind', sa.String(length=10), nullable=False),
    sa.Column('subject_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version_no', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(length=12), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_key', sa.String(length=64), nullable=True),
    sa.Column('actor_name', sa.String(length=60), nullable=False),
    sa.Column('role', sa.String(length=64), nullable=True),
    sa.Column('lock_seen', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('items', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), server_default='[]', nullable=False),
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('at', base.Utc(timezone=True), nullable=False),
    sa.CheckConstraint("subject_kind IN ('employer', 'person')", name=op.f('ck_registration_review_subject_kind_known')),
    sa.CheckConstraint("verdict IN ('approve', 'send_back', 'suspend', 'resume')", name=op.f('ck_registration_review_verdict_known')),
    sa.ForeignKeyConstraint(['actor_id'], ['ab_user.id'], name=op.f('fk_registration_review_actor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registration_review')),
    sa.UniqueConstraint('subject_kind', 'subject_id', 'lock_seen', name='uq_registration_review_lock')
    )
    with op.batch_alter_table('registration_review', schema=None) as batch_op:
        batch_op.create_index('ix_registration_review_subject', ['subject_kind', 'subject_id', 'id'], unique=False)

    op.create_table('roster',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=40), nullable=False),
    sa.Column('employer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('county_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('agency_path', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=False),
    sa.Column('programme_version_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(length=14), server_default='exported', nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('exported_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('exported_at', base.Utc(timezone=True), nullable=False),
    sa.Column('verified_by', sa.String(length=10), nullable=True),
    sa.Column('sealed_at', base.Utc(timezone=True), nullable=True),
    sa.Column('sealed_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('seal_hint', sa.String(length=20), nullable=True),
    sa.Column('return_reason', sa.Text(), nullable=True),
    sa.Column('lock', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.CheckConstraint("(state = 'sealed') = (sealed_at IS NOT NULL AND verified_by IS NOT NULL)", name=op.f('ck_roster_sealed_facts')),
    sa.CheckConstraint("state IN ('exported', 'sealed', 'scan_returned', 'void')", name=op.f('ck_roster_state_known')),
    sa.CheckConstraint("verified_by IS NULL OR verified_by IN ('code', 'typed')", name=op.f('ck_roster_verified_by_known')),
    sa.ForeignKeyConstraint(['county_id'], ['agency.id'], name=op.f('fk_roster_county_id')),
    sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_roster_employer_id')),
    sa.ForeignKeyConstraint(['exported_by'], ['ab_user.id'], name=op.f('fk_roster_exported_by')),
    sa.ForeignKeyConstraint(['programme_version_id'], ['programme_version.id'], name=op.f('fk_roster_programme_version_id')),
    sa.ForeignKeyConstraint(['sealed_by'], ['ab_user.id'], name=op.f('fk_roster_sealed_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster')),
    sa.UniqueConstraint('no', name='uq_roster_no')
    )
    with op.batch_alter_table('roster', schema=None) as batch_op:
        batch_op.create_index('ix_roster_county', ['county_id', 'state', 'id'], unique=False)
        batch_op.create_index('ix_roster_employer', ['employer_id', 'state', 'id'], unique=False)

    op.create_table('secret_value',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('enc', sa.LargeBinary(), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=True),
    sa.Column('masked', sa.String(length=40), nullable=True),
    sa.Column('key_id', sa.String(length=20), nullable=True),
    sa.Column('created', base.Utc(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('doc_no', 'mobile')", name=op.f('ck_secret_value_kind_known')),
    sa.CheckConstraint('(enc IS NULL) = (digest IS NULL) AND (enc IS NULL) = (masked IS NULL) AND (enc IS NULL) = (key_id IS NULL)', name=op.f('ck_secret_value_whole_or_blank')),
    sa.ForeignKeyConstraint(['account_id'], ['ab_user.id'], name=op.f('fk_secret_value_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_secret_value'))
    )
    with op.batch_alter_table('secret_value', schema=None) as batch_op:
        batch_op.create_index('ix_secret_value_account', ['account_id'], unique=False)
        batch_op.create_index('ix_secret_value_key', ['key_id', 'id'], unique=False)

    op.create_table('sign_in_failure',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', base.Utc(timezone=True), nullable=False),
    sa.Column('ip', sa.String(length=45), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['ab_user.id'], name=op.f('fk_sign_in_failure_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_failure'))
    )
    with op.batch_alter_table('sign_in_failure', schema=None) as batch_op:
        batch_op.create_index('ix_sign_in_failure_account', ['account_id', 'at'], unique=False)

    op.create_table('application',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=40), nullable=True),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('programme_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('programme_version_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('applicant_key', sa.String(length=64), nullable=False),
    sa.Column('employer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('county_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('city_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('agency_path', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=True),
    sa.Column('category', sa.String(length=40), nullable=True),
    sa.Column('status', sa.String(length=12), server_default='draft', nullable=False),
    sa.Column('stage_code', sa.String(length=40), nullable=True),
    sa.Column('is_ready', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('desk_role', sa.String(length=64), nullable=True),
    sa.Column('desk_agency_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('version_no', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('roster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('lock', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('created', base.Utc(timezone=True), nullable=False),
    sa.Column('submitted_at', base.Utc(timezone=True), nullable=True),
    sa.Column('reached_agency_at', base.Utc(timezone=True), nullable=True),
    sa.Column('entered_at', base.Utc(timezone=True), nullable=False),
    sa.Column('due_at', base.Utc(timezone=True), nullable=True),
    sa.Column('opened_at', base.Utc(timezone=True), nullable=True),
    sa.Column('undo_until', base.Utc(timezone=True), nullable=True),
    sa.Column('claimed_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('claimed_until', base.Utc(timezone=True), nullable=True),
    sa.Column('frozen_reason', sa.String(length=40), nullable=True),
    sa.Column('closed_at', base.Utc(timezone=True), nullable=True),
    sa.Column('decision_batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('audit_seq', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('audit_head', sa.String(length=64), server_default='0000000000000000000000000000000000000000000000000000000000000000', nullable=False),
    sa.CheckConstraint("(status = 'in_review') = (stage_code IS NOT NULL)", name=op.f('ck_application_stage_iff_in_review')),
    sa.CheckConstraint("(status IN ('in_review', 'approved')) = (desk_role IS NOT NULL)", name=op.f('ck_application_desk_iff_waiting')),
    sa.CheckConstraint("(status IN ('issued', 'rejected', 'withdrawn', 'cancelled')) = (closed_at IS NOT NULL)", name=op.f('ck_application_closed_iff_final')),
    sa.CheckConstraint("NOT is_ready OR status = 'in_review'", name=op.f('ck_application_ready_in_review')),
    sa.CheckConstraint("roster_id IS NULL OR status IN ('in_review', 'approved', 'issued')", name=op.f('ck_application_roster_in_flow')),
    sa.CheckConstraint("status IN ('draft', 'in_review', 'returned', 'approved', 'issued', 'rejected', 'withdrawn', 'cancelled')", name=op.f('ck_application_status_known')),
    sa.CheckConstraint("version_no > 0 OR status IN ('draft', 'withdrawn', 'cancelled')", name=op.f('ck_application_version_when_submitted')),
    sa.CheckConstraint('(claimed_by IS NULL) = (claimed_until IS NULL)', name=op.f('ck_application_claim_pair')),
    sa.CheckConstraint('(no IS NOT NULL) = (version_no > 0)', name=op.f('ck_application_no_iff_submitted')),
    sa.ForeignKeyConstraint(['city_id'], ['agency.id'], name=op.f('fk_application_city_id')),
    sa.ForeignKeyConstraint(['claimed_by'], ['ab_user.id'], name=op.f('fk_application_claimed_by')),
    sa.ForeignKeyConstraint(['county_id'], ['agency.id'], name=op.f('fk_application_county_id')),
    sa.ForeignKeyConstraint(['desk_agency_id'], ['agency.id'], name=op.f('fk_application_desk_agency_id')),
    sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_application_employer_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_application_person_id')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_application_programme_id')),
    sa.ForeignKeyConstraint(['programme_version_id'], ['programme_version.id'], name=op.f('fk_application_programme_version_id')),
    sa.ForeignKeyConstraint(['roster_id'], ['roster.id'], name='fk_application_roster', use_alter=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_application'))
    )
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.create_index('ix_application_agency', ['agency_path', 'status', 'submitted_at', 'id'], unique=False)
        batch_op.create_index('ix_application_batch', ['decision_batch_id'], unique=False, sqlite_where=sa.text('decision_batch_id IS NOT NULL'), postgresql_where=sa.text('decision_batch_id IS NOT NULL'))
        batch_op.create_index('ix_application_desk', ['desk_agency_id', 'desk_role', 'is_ready', 'entered_at', 'id'], unique=False, sqlite_where=sa.text('desk_role IS NOT NULL'), postgresql_where=sa.text('desk_role IS NOT NULL'))
        batch_op.create_index('ix_application_due', ['desk_agency_id', 'due_at'], unique=False, sqlite_where=sa.text('desk_role IS NOT NULL'), postgresql_where=sa.text('desk_role IS NOT NULL'))
        batch_op.create_index('ix_application_employer', ['employer_id', 'status', 'stage_code', 'is_ready', 'entered_at', 'id'], unique=False)
        batch_op.create_index('ix_application_person', ['person_id', 'id'], unique=False)
        batch_op.create_index('ix_application_roster', ['roster_id'], unique=False, sqlite_where=sa.text('roster_id IS NOT NULL'), postgresql_where=sa.text('roster_id IS NOT NULL'))
        batch_op.create_index('uq_application_no', ['no'], unique=True, sqlite_where=sa.text('no IS NOT NULL'), postgresql_where=sa.text('no IS NOT NULL'))
        batch_op.create_index('uq_application_open', ['person_id', 'programme_id'], unique=True, sqlite_where=sa.text("status IN ('draft', 'in_review', 'returned', 'approved')"), postgresql_where=sa.text("status IN ('draft', 'in_review', 'returned', 'approved')"))

    op.create_table('message',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('to_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('to_masked', sa.String(length=40), nullable=True),
    sa.Column('template', sa.String(length=60), nullable=False),
    sa.Column('params', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('subject_kind', sa.String(length=20), nullable=True),
    sa.Column('subject_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('review_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('not_before', base.Utc(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=12), server_default='waiting', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('lease_until', base.Utc(timezone=True), nullable=True),
    sa.Column('worker', sa.String(length=120), nullable=True),
    sa.Column('provider_id', sa.String(length=120), nullable=True),
    sa.Column('sent_at', base.Utc(timezone=True), nullable=True),
    sa.Column('read_at', base.Utc(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('created', base.Utc(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'dead', 'recalled')", name=op.f('ck_message_state_known')),
    sa.ForeignKeyConstraint(['account_id'], ['ab_user.id'], name=op.f('fk_message_account_id')),
    sa.ForeignKeyConstraint(['to_id'], ['secret_value.id'], name=op.f('fk_message_to_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index('ix_message_account', ['account_id', 'id'], unique=False)
        batch_op.create_index('ix_message_batch', ['batch_id'], unique=False)
        batch_op.create_index('ix_message_due', ['not_before', 'id'], unique=False, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))

    op.create_table('roster_scan',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('roster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('pages', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('blob_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('uploaded_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('uploaded_at', base.Utc(timezone=True), nullable=False),
    sa.Column('superseded_at', base.Utc(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['blob_id'], ['blob.id'], name=op.f('fk_roster_scan_blob_id')),
    sa.ForeignKeyConstraint(['roster_id'], ['roster.id'], name=op.f('fk_roster_scan_roster_id')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['ab_user.id'], name=op.f('fk_roster_scan_uploaded_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_scan')),
    sa.UniqueConstraint('sha256', name='uq_roster_scan_sha256')
    )
    with op.batch_alter_table('roster_scan', schema=None) as batch_op:
        batch_op.create_index('ix_roster_scan_roster', ['roster_id', 'position'], unique=False)

    op.create_table('approval',
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('stage_code', sa.String(length=40), nullable=False),
    sa.Column('version_no', sa.Integer(), nullable=False),
    sa.Column('actor_key', sa.String(length=64), nullable=False),
    sa.Column('applicant_key', sa.String(length=64), nullable=False),
    sa.Column('review_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('actor_key <> applicant_key', name=op.f('ck_approval_not_applicant')),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_approval_application_id')),
    sa.PrimaryKeyConstraint('application_id', 'stage_code', name=op.f('pk_approval')),
    sa.UniqueConstraint('application_id', 'actor_key', name='uq_approval_person')
    )
    op.create_table('card',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=40), nullable=False),
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('programme_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('programme_version_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('employer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('county_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('city_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('agency_path', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=False),
    sa.Column('state', sa.String(length=10), server_default='active', nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('face', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('issued_at', base.Utc(timezone=True), nullable=False),
    sa.Column('state_reason', sa.Text(), nullable=True),
    sa.Column('lock', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.CheckConstraint("state IN ('active', 'lost', 'void', 'expired')", name=op.f('ck_card_state_known')),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_card_application_id')),
    sa.ForeignKeyConstraint(['city_id'], ['agency.id'], name=op.f('fk_card_city_id')),
    sa.ForeignKeyConstraint(['county_id'], ['agency.id'], name=op.f('fk_card_county_id')),
    sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_card_employer_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_card_person_id')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_card_programme_id')),
    sa.ForeignKeyConstraint(['programme_version_id'], ['programme_version.id'], name=op.f('fk_card_programme_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_card')),
    sa.UniqueConstraint('application_id', name='uq_card_application'),
    sa.UniqueConstraint('no', name='uq_card_no')
    )
    with op.batch_alter_table('card', schema=None) as batch_op:
        batch_op.create_index('ix_card_agency', ['agency_path', 'id'], unique=False)
        batch_op.create_index('ix_card_employer', ['employer_id', 'state'], unique=False)
        batch_op.create_index('uq_card_live', ['person_id', 'programme_id'], unique=True, sqlite_where=sa.text("state IN ('active', 'lost')"), postgresql_where=sa.text("state IN ('active', 'lost')"))

    op.create_table('draft',
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('data', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('files', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), server_default='[]', nullable=False),
    sa.Column('saved_at', base.Utc(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_draft_application_id')),
    sa.PrimaryKeyConstraint('application_id', name=op.f('pk_draft'))
    )
    op.create_table('material_view',
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('version_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('slot', sa.String(length=60), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('at', base.Utc(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['ab_user.id'], name=op.f('fk_material_view_actor_id')),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_material_view_application_id')),
    sa.PrimaryKeyConstraint('application_id', 'version_no', 'slot', 'actor_id', name=op.f('pk_material_view'))
    )
    op.create_table('review',
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('version_no', sa.Integer(), nullable=False),
    sa.Column('stage_code', sa.String(length=40), nullable=False),
    sa.Column('verdict', sa.String(length=12), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_key', sa.String(length=64), nullable=False),
    sa.Column('actor_name', sa.String(length=60), nullable=False),
    sa.Column('role', sa.String(length=64), nullable=False),
    sa.Column('lock_seen', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('before', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=True),
    sa.Column('undoes_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('at', base.Utc(timezone=True), nullable=False),
    sa.CheckConstraint("(verdict = 'undo') = (undoes_id IS NOT NULL)", name=op.f('ck_review_undoes_iff_undo')),
    sa.CheckConstraint("verdict IN ('approve', 'send_back', 'back', 'reject', 'undo')", name=op.f('ck_review_verdict_known')),
    sa.ForeignKeyConstraint(['actor_id'], ['ab_user.id'], name=op.f('fk_review_actor_id')),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_review_application_id')),
    sa.PrimaryKeyConstraint('application_id', 'id', name=op.f('pk_review')),
    sa.UniqueConstraint('application_id', 'lock_seen', name='uq_review_lock'),
    sa.UniqueConstraint('application_id', 'undoes_id', name='uq_review_undoes')
    )
    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.create_index('ix_review_actor', ['actor_id', 'id'], unique=False)
        batch_op.create_index('ix_review_batch', ['batch_id'], unique=False)

    op.create_table('review_item',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('review_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('target_kind', sa.String(length=10), nullable=False),
    sa.Column('target_code', sa.String(length=60), nullable=True),
    sa.Column('reason_code', sa.String(length=40), nullable=True),
    sa.Column('text', sa.Text(), nullable=True),
    sa.CheckConstraint("target_kind IN ('field', 'material', 'general')", name=op.f('ck_review_item_target_kind_known')),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_review_item_application_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_item'))
    )
    with op.batch_alter_table('review_item', schema=None) as batch_op:
        batch_op.create_index('ix_review_item_application', ['application_id', 'review_id'], unique=False)

    op.create_table('roster_item',
    sa.Column('roster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('version_no', sa.Integer(), nullable=False),
    sa.Column('row', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=True),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_roster_item_application_id')),
    sa.ForeignKeyConstraint(['roster_id'], ['roster.id'], name=op.f('fk_roster_item_roster_id')),
    sa.PrimaryKeyConstraint('roster_id', 'application_id', name=op.f('pk_roster_item'))
    )
    with op.batch_alter_table('roster_item', schema=None) as batch_op:
        batch_op.create_index('ix_roster_item_application', ['application_id', 'roster_id'], unique=False)

    op.create_table('submission',
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('n', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('data', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=True),
    sa.Column('files', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('chain', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('person_name', sa.String(length=50), nullable=False),
    sa.Column('person_sex', sa.String(length=1), nullable=False),
    sa.Column('doc_type', sa.String(length=4), nullable=False),
    sa.Column('employer_name', sa.String(length=100), nullable=False),
    sa.Column('doc_no_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('doc_no_masked', sa.String(length=40), nullable=False),
    sa.Column('mobile_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('mobile_masked', sa.String(length=40), nullable=False),
    sa.Column('service_account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('service_name', sa.String(length=60), nullable=True),
    sa.Column('service_phone_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('service_phone_masked', sa.String(length=40), nullable=True),
    sa.Column('category', sa.String(length=40), nullable=True),
    sa.Column('answers', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('submitted_at', base.Utc(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_submission_application_id')),
    sa.ForeignKeyConstraint(['doc_no_id'], ['secret_value.id'], name=op.f('fk_submission_doc_no_id')),
    sa.ForeignKeyConstraint(['mobile_id'], ['secret_value.id'], name=op.f('fk_submission_mobile_id')),
    sa.ForeignKeyConstraint(['service_account_id'], ['ab_user.id'], name=op.f('fk_submission_service_account_id')),
    sa.ForeignKeyConstraint(['service_phone_id'], ['secret_value.id'], name=op.f('fk_submission_service_phone_id')),
    sa.PrimaryKeyConstraint('application_id', 'n', name=op.f('pk_submission'))
    )
    op.create_table('card_print',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('card_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('batch_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('token', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('at', base.Utc(timezone=True), nullable=False),
    sa.Column('by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('handed_to', sa.String(length=60), nullable=True),
    sa.Column('handed_at', base.Utc(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by'], ['ab_user.id'], name=op.f('fk_card_print_by')),
    sa.ForeignKeyConstraint(['card_id'], ['card.id'], name=op.f('fk_card_print_card_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_card_print')),
    sa.UniqueConstraint('token', name='uq_card_print_token')
    )
    with op.batch_alter_table('card_print', schema=None) as batch_op:
        batch_op.create_index('ix_card_print_batch', ['batch_no'], unique=False)
        batch_op.create_index('ix_card_print_card', ['card_id', 'id'], unique=False)

    _circular_keys()
    install_triggers(op.get_bind())


def downgrade() -> None:
    """Take back."""
    _drop_circular_keys()
    with op.batch_alter_table('card_print', schema=None) as batch_op:
        batch_op.drop_index('ix_card_print_card')
        batch_op.drop_index('ix_card_print_batch')

    op.drop_table('card_print')
    op.drop_table('submission')
    with op.batch_alter_table('roster_item', schema=None) as batch_op:
        batch_op.drop_index('ix_roster_item_application')

    op.drop_table('roster_item')
    with op.batch_alter_table('review_item', schema=None) as batch_op:
        batch_op.drop_index('ix_review_item_application')

    op.drop_table('review_item')
    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.drop_index('ix_review_batch')
        batch_op.drop_index('ix_review_actor')

    op.drop_table('review')
    op.drop_table('material_view')
    op.drop_table('draft')
    with op.batch_alter_table('card', schema=None) as batch_op:
        batch_op.drop_index('uq_card_live', sqlite_where=sa.text("state IN ('active', 'lost')"), postgresql_where=sa.text("state IN ('active', 'lost')"))
        batch_op.drop_index('ix_card_employer')
        batch_op.drop_index('ix_card_agency')

    op.drop_table('card')
    op.drop_table('approval')
    with op.batch_alter_table('roster_scan', schema=None) as batch_op:
        batch_op.drop_index('ix_roster_scan_roster')

    op.drop_table('roster_scan')
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index('ix_message_due', sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
        batch_op.drop_index('ix_message_batch')
        batch_op.drop_index('ix_message_account')

    op.drop_table('message')
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_index('uq_application_open', sqlite_where=sa.text("status IN ('draft', 'in_review', 'returned', 'approved')"), postgresql_where=sa.text("status IN ('draft', 'in_review', 'returned', 'approved')"))
        batch_op.drop_index('uq_application_no', sqlite_where=sa.text('no IS NOT NULL'), postgresql_where=sa.text('no IS NOT NULL'))
        batch_op.drop_index('ix_application_roster', sqlite_where=sa.text('roster_id IS NOT NULL'), postgresql_where=sa.text('roster_id IS NOT NULL'))
        batch_op.drop_index('ix_application_person')
        batch_op.drop_index('ix_application_employer')
        batch_op.drop_index('ix_application_due', sqlite_where=sa.text('desk_role IS NOT NULL'), postgresql_where=sa.text('desk_role IS NOT NULL'))
        batch_op.drop_index('ix_application_desk', sqlite_where=sa.text('desk_role IS NOT NULL'), postgresql_where=sa.text('desk_role IS NOT NULL'))
        batch_op.drop_index('ix_application_batch', sqlite_where=sa.text('decision_batch_id IS NOT NULL'), postgresql_where=sa.text('decision_batch_id IS NOT NULL'))
        batch_op.drop_index('ix_application_agency')

    op.drop_table('application')
    with op.batch_alter_table('sign_in_failure', schema=None) as batch_op:
        batch_op.drop_index('ix_sign_in_failure_account')

    op.drop_table('sign_in_failure')
    with op.batch_alter_table('secret_value', schema=None) as batch_op:
        batch_op.drop_index('ix_secret_value_key')
        batch_op.drop_index('ix_secret_value_account')

    op.drop_table('secret_value')
    with op.batch_alter_table('roster', schema=None) as batch_op:
        batch_op.drop_index('ix_roster_employer')
        batch_op.drop_index('ix_roster_county')

    op.drop_table('roster')
    with op.batch_alter_table('registration_review', schema=None) as batch_op:
        batch_op.drop_index('ix_registration_review_subject')

    op.drop_table('registration_review')
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_index('ix_person_service')
        batch_op.drop_index('ix_person_queue')
        batch_op.drop_index('ix_person_name_py')
        batch_op.drop_index('ix_person_name_key')
        batch_op.drop_index('ix_person_name_initials')

    op.drop_table('person')
    with op.batch_alter_table('login_session', schema=None) as batch_op:
        batch_op.drop_index('ix_login_session_account')

    op.drop_table('login_session')
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.drop_index('ix_job_owner')
        batch_op.drop_index('ix_job_lease', sqlite_where=sa.text("state = 'running'"), postgresql_where=sa.text("state = 'running'"))
        batch_op.drop_index('ix_job_due', sqlite_where=sa.text("state = 'ready'"), postgresql_where=sa.text("state = 'ready'"))

    op.drop_table('job')
    with op.batch_alter_table('identity_claim', schema=None) as batch_op:
        batch_op.drop_index('ix_identity_claim_account')

    op.drop_table('identity_claim')
    op.drop_table('employer_submission')
    with op.batch_alter_table('employer_change', schema=None) as batch_op:
        batch_op.drop_index('uq_employer_change_open', sqlite_where=sa.text("state = 'submitted'"), postgresql_where=sa.text("state = 'submitted'"))
        batch_op.drop_index('ix_employer_change_queue')

    op.drop_table('employer_change')
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.drop_index('ix_consent_account')

    op.drop_table('consent')
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.drop_index('ix_attachment_owner')
        batch_op.drop_index('ix_attachment_blob')

    op.drop_table('attachment')
    op.drop_table('ab_user_role')
    with op.batch_alter_table('ab_user_group', schema=None) as batch_op:
        batch_op.drop_index('idx_user_id')
        batch_op.drop_index('idx_user_group_id')

    op.drop_table('ab_user_group')
    with op.batch_alter_table('ab_permission_view_role', schema=None) as batch_op:
        batch_op.drop_index('idx_role_id')
        batch_op.drop_index('idx_permission_view_id')

    op.drop_table('ab_permission_view_role')
    with op.batch_alter_table('ab_api_key', schema=None) as batch_op:
        batch_op.drop_index('idx_api_key_user_id')
        batch_op.drop_index('idx_api_key_prefix')
        batch_op.drop_index('idx_api_key_lookup_hash')

    op.drop_table('ab_api_key')
    with op.batch_alter_table('programme_version', schema=None) as batch_op:
        batch_op.drop_index('uq_programme_published', sqlite_where=sa.text("state = 'published'"), postgresql_where=sa.text("state = 'published'"))

    op.drop_table('programme_version')
    with op.batch_alter_table('employer', schema=None) as batch_op:
        batch_op.drop_index('ix_employer_queue')
        batch_op.drop_index('ix_employer_name_key')
        batch_op.drop_index('ix_employer_agency_path')

    op.drop_table('employer')
    with op.batch_alter_table('code', schema=None) as batch_op:
        batch_op.drop_index('ix_code_position')

    op.drop_table('code')
    op.drop_table('blob_page')
    with op.batch_alter_table('ab_user', schema=None) as batch_op:
        batch_op.drop_index('ix_ab_user_person_key')
        batch_op.drop_index('ix_ab_user_employer')

    op.drop_table('ab_user')
    with op.batch_alter_table('ab_permission_view', schema=None) as batch_op:
        batch_op.drop_index('idx_view_menu_id')
        batch_op.drop_index('idx_permission_id')

    op.drop_table('ab_permission_view')
    with op.batch_alter_table('ab_group_role', schema=None) as batch_op:
        batch_op.drop_index('idx_group_role_id')
        batch_op.drop_index('idx_group_id')

    op.drop_table('ab_group_role')
    op.drop_table('site')
    op.drop_table('seeded_grant')
    op.drop_table('programme')
    op.drop_table('phrase')
    op.drop_table('permission_epoch')
    op.drop_table('number_series')
    op.drop_table('notice')
    op.drop_table('idempotency')
    op.drop_table('id_node')
    op.drop_table('holiday')
    op.drop_table('code_list')
    op.drop_table('blob')
    op.drop_table('audit_event')
    with op.batch_alter_table('agency', schema=None) as batch_op:
        batch_op.drop_index('ix_agency_parent')

    op.drop_table('agency')
    with op.batch_alter_table('access_event', schema=None) as batch_op:
        batch_op.drop_index('ix_access_event_object')
        batch_op.drop_index('ix_access_event_actor')

    op.drop_table('access_event')
    op.drop_table('ab_view_menu')
    op.drop_table('ab_role')
    op.drop_table('ab_register_user')
    op.drop_table('ab_permission')
    op.drop_table('ab_group')
