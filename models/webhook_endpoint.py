"""Addresses that telephone and voice-agent services send the events of calls to."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, ProjectId
from models.key_columns import KeyColumns
from models.types import Role, WebhookSource


class WebhookEndpoint(KeyColumns, Base):
    """An address that takes calls into one project, as a key with the role ingester does.

    Endpoints are numbered together with keys, so that a number says who it was wherever keys are remembered: in the
    trail, for budgets and for idempotency.

    Attributes:
        key_hash: of the last part of the address, which only the service and the project know.
        source: who sends to it, and how what is sent is signed.
        sealed_secret: the secret of the signatures, encrypted by the last part of the address.
        mapping: the text of a mapping file that says how calls are read; None for that of the source.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        UniqueConstraint("project_id", "key_hash"),
        CheckConstraint("role = 'ingester'", name="role"),
        CheckConstraint("source in ('vapi', 'retell', 'twilio', 'generic')", name="source"),
    )

    project_id: Mapped[ProjectId]
    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, default=text("nextval('api_keys_id_seq')")
    )
    role: Mapped[Role] = mapped_column(server_default=text("'ingester'"))
    source: Mapped[WebhookSource]
    sealed_secret: Mapped[str]
    mapping: Mapped[str | None]
