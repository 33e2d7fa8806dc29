"""${message}.

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
"""

import sqlalchemy as sa
from alembic import op

from app.models import base
from app.models.triggers import install_triggers
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Apply."""
    ${upgrades if upgrades else "pass"}
    install_triggers(op.get_bind())


def downgrade() -> None:
    """Take back."""
    ${downgrades if downgrades else "pass"}
    install_triggers(op.get_bind())
