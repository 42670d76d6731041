"""What a key opens, read by its hash: one project, or those of its organisation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, text
from starlette.exceptions import HTTPException

from models import ApiKey, Project, Role
from models.key_text import Holder, KeyKind, fingerprint
from models.lanes import Lane
from models.sessions import Sessions
from resolvers.author import Author, ViaOrganisation
from resolvers.rights import Rights, rights_of
from resolvers.scope import SignedInKey

HEADER = "Dialboard-Project"
"""The header that names the project of a request."""

_SHOWN = 20
"""Projects that a message names."""

_QUOTED = 60
"""Characters of a header that a message repeats."""


class ProjectError(HTTPException):
    """The key is valid, but opens nothing for this request: 400 where it names no project, 403 where it names one that
    the key does not open, whether or not there is such a project."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose request it is: the project that it is for, and which key it has.

    Attributes:
        rights: what it may do and see.
        author: who the trail and the history say it was.
        expires_at: when the key expires; None if it never does.
        organisation: the organisation that the key belongs to; None for the key of one project.
    """

    project_id: int
    project_name: str
    key_id: int
    key_name: str
    rights: Rights
    expires_at: datetime | None = None
    organisation: ViaOrganisation | None = None
    author: Author = field(init=False)
    key: SignedInKey = field(init=False)

    def __post_init__(self) -> None:
        """Makes once what each of its requests is handed."""
        via = self.organisation
        name = self.key_name if via is None else f"{self.key_name} ({via.name})"
        object.__setattr__(self, "author", Author(self.key_id, name))
        object.__setattr__(self, "key", SignedInKey(self.key_id, self.key_name, self.expires_at, via))


@dataclass(frozen=True, slots=True)
class Access:
    """What a key opens.

    Attributes:
        own: for requests that name no project; None for the key of an organisation, whose requests have to.
        named: by what the header may say, the number or the name of a project.
    """

    expires_at: datetime | None
    own: Identity | None
    named: Mapping[str, Identity]

    def identity(self, project: str | None) -> Identity:
        """Whose request it is.

        Args:
            project: what the header says, as ``project_in`` reads it.

        Raises:
            ProjectError: no project is named, or one that the key does not open.
        """
        if project is None:
            if self.own is not None:
                return self.own
            raise ProjectError(
                400,
                f"This API key belongs to an organisation: send the number or the name of a project in the header "
                f"{HEADER}. {self._allowed()}",
            )
        found = self.named.get(project)
        if found is None:
            raise ProjectError(403, f"This API key does not open the project {project[:_QUOTED]!r}. {self._allowed()}")
        return found

    def _allowed(self) -> str:
        projects = {identity.project_id: identity.project_name for identity in self.named.values()}
        if not projects:
            return "Its organisation has no projects."
        shown = ", ".join(f"{id} ({name!r})" for id, name in sorted(projects.items())[:_SHOWN])
        further = len(projects) - _SHOWN
        return f"Allowed: {shown}" + (f" and {further:,} more." if further > 0 else ".")


def project_in(headers: Mapping[str, str]) -> str | None:
    """The project that a request's headers name, whose names are looked up in lower case; None where they name none.

    Clients send names that are not ASCII in UTF-8; pages of browsers, in Latin-1.
    """
    given = headers.get(HEADER.lower(), "").strip()
    try:
        return given.encode("latin-1").decode() or None
    except UnicodeError:
        return given or None


async def look_up(sessions: Sessions, holder: Holder, key: str) -> Access | None:
    """What a key opens; None where it does not exist or was revoked. It may have expired."""
    match holder.kind:
        case KeyKind.PROJECT:
            return await _of_project(sessions, holder.id, key)
        case KeyKind.ORGANISATION:
            return await _of_organisation(sessions, holder.id, key)
        case KeyKind.WEBHOOK:
            return None


async def _of_project(sessions: Sessions, project_id: int, key: str) -> Access | None:
    statement = (
        select(ApiKey.id, ApiKey.name, ApiKey.role, ApiKey.expires_at, Project.name, Project.mask_customer_numbers)
        .join(Project, Project.id == project_id)
        .where(ApiKey.project_id == project_id, ApiKey.key_hash == fingerprint(key), ApiKey.revoked_at.is_(None))
    )
    async with sessions.read(project_id, lane=Lane.SIGN_IN) as session:
        found = (await session.execute(statement)).one_or_none()
    if found is None:
        return None
    key_id, key_name, role, expires_at, name, mask = found.tuple()
    rights = rights_of(role, mask_customer_numbers=mask)
    identity = Identity(project_id, name, key_id, key_name, rights, expires_at)
    return Access(expires_at, identity, _named([identity]))


_ORGANISATION_KEY = text("select * from dialboard_organisation_key(:hash)")


async def _of_organisation(sessions: Sessions, organisation_id: int, key: str) -> Access | None:
    async with sessions.read(no_project(organisation_id), lane=Lane.SIGN_IN) as session:
        found = (await session.execute(_ORGANISATION_KEY, {"hash": fingerprint(key)})).one_or_none()
    if found is None:
        return None
    role, via = Role(found.role), ViaOrganisation(found.organisation_id, found.organisation_name)
    identities = [
        Identity(
            project_id,
            name,
            found.key_id,
            found.key_name,
            rights_of(role, mask_customer_numbers=mask),
            found.expires_at,
            via,
        )
        for project_id, name, mask in zip(
            found.project_ids, found.project_names, found.mask_customer_numbers, strict=True
        )
    ]
    return Access(found.expires_at, None, _named(identities))


def no_project(organisation_id: int) -> int:
    """What sessions are bound to that concern an organisation and none of its projects: they see no rows, because no
    project has a negative number, and wait for their turns beside those of other organisations."""
    return -organisation_id


def _named(identities: Iterable[Identity]) -> dict[str, Identity]:
    """By number and name. Digits alone are a number: a name of digits must not change its meaning with the projects
    that there are."""
    named: dict[str, Identity] = {}
    for identity in identities:
        named[str(identity.project_id)] = identity
        name = identity.project_name
        if not (name.isascii() and name.isdigit()):
            named[name] = identity
    return named
