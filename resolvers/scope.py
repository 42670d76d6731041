"""What one request works with: whose data, from where, at which moment."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from aggregation.stored.preaggregates import Preaggregates
from models.deadlines import Deadline
from models.sessions import Sessions
from resolvers.author import NOWHERE, Author, Origin, ViaOrganisation
from resolvers.export_links import ExportLinks
from resolvers.feeds import Feeds
from resolvers.loaders import Loaders
from resolvers.loaders.meter import Meter
from resolvers.rights import OWNER, Rights


@dataclass(frozen=True, slots=True)
class SignedInKey:
    """The key of a request, as it was when it signed in.

    Attributes:
        expires_at: when it expires; None if it never does.
        organisation: the organisation that it belongs to; None for the key of one project.
    """

    id: int
    name: str
    expires_at: datetime | None = None
    organisation: ViaOrganisation | None = None

    @property
    def numbers(self) -> tuple[int, int]:
        """The organisation's number, 0 for the key of a project, and its own: unique among all keys."""
        return (self.organisation.id if self.organisation else 0, self.id)


@dataclass(frozen=True, eq=False)
class Scope:
    """The project, the database and the moment of one request, with the request's loaders. The server makes it.

    Attributes:
        project_id: the tenant.
        sessions: opens sessions on the database.
        now: the request's present moment, with a zone; everything relative is resolved against it.
        max_window: how far back a chart may begin; None for no limit.
        author: whose request it is, for the history of what it changes; None where nobody is known.
        origin: where the request came from, for the trail.
        preaggregates: what charts are answered from; None to compute each from the calls.
        meter: what the request may use, and has used.
        rights: what the request may do and see; all, unless the server says otherwise.
        key: the key of the request; None where it has none.
        feeds: what subscriptions follow.
        links: makes links to files that work without a key; None where there are none.
    """

    project_id: int
    sessions: Sessions
    now: datetime
    max_window: timedelta | None
    author: Author | None = None
    preaggregates: Preaggregates | None = None
    meter: Meter = field(default_factory=Meter)
    rights: Rights = OWNER
    origin: Origin = NOWHERE
    key: SignedInKey | None = None
    feeds: Feeds = field(default_factory=Feeds)
    links: ExportLinks | None = None

    @cached_property
    def loaders(self) -> Loaders:
        """The request's loaders, made when first asked for: small requests need none."""
        return Loaders(self.project_id, self.sessions, self.preaggregates, self.meter)

    def renewed(self) -> "Scope":
        """The same for a later event of a subscription: at its own moment, with its own time, use and loaders."""
        deadline = self.sessions.deadline
        sessions = self.sessions if deadline is None else self.sessions.within(Deadline.after(deadline.seconds))
        meter = Meter(self.meter.max_cost, self.meter.max_bytes)
        return replace(self, now=datetime.now(UTC), sessions=sessions, meter=meter)

    def forget(self) -> None:
        """Drops what was loaded, so that what a mutation changed is read again."""
        self.__dict__.pop("loaders", None)
