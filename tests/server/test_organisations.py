"""What commands may do with organisations and their keys, and what is refused."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from server.keys import KeyRefusedError
from server.organisation_keys import (
    list_organisation_keys,
    make_organisation_key,
    revoke_organisation_key,
    rotate_organisation_key,
)
from server.organisations import (
    NamedOrganisation,
    OrganisationError,
    add_project,
    create_organisation,
    list_organisations,
    remove_project,
)
from server.projects import NamedProject, ensure_project


@pytest.fixture
async def organisation(engine: AsyncEngine) -> NamedOrganisation:
    return await create_organisation(engine, f"Agency {uuid.uuid4()}")


async def project(engine: AsyncEngine) -> NamedProject:
    return await ensure_project(engine, f"Project {uuid.uuid4()}")


async def projects_of(engine: AsyncEngine, organisation: NamedOrganisation) -> list[NamedProject]:
    (found,) = [one for one in await list_organisations(engine) if one.id == organisation.id]
    return list(found.projects)


async def test_names_are_taken_once(engine: AsyncEngine, organisation: NamedOrganisation) -> None:
    with pytest.raises(OrganisationError, match="exists already"):
        await create_organisation(engine, f" {organisation.name} ")
    with pytest.raises(OrganisationError, match="this one is empty"):
        await create_organisation(engine, "  ")


async def test_a_project_belongs_to_one_organisation(engine: AsyncEngine, organisation: NamedOrganisation) -> None:
    one, other = await project(engine), await create_organisation(engine, f"Other {uuid.uuid4()}")
    for _ in range(2):
        await add_project(engine, organisation, one)
    with pytest.raises(OrganisationError, match=f"belongs to the organisation '{organisation.name}'; remove it"):
        await add_project(engine, other, one)
    with pytest.raises(OrganisationError, match="does not belong to the organisation"):
        await remove_project(engine, other, one)
    assert await projects_of(engine, organisation) == [one]
    await remove_project(engine, organisation, one)
    await add_project(engine, other, one)
    assert (await projects_of(engine, organisation), await projects_of(engine, other)) == ([], [one])


async def test_an_organisation_has_so_many_projects(
    engine: AsyncEngine, organisation: NamedOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.organisations.MAX_PROJECTS", 2)
    added = await asyncio.gather(
        *[add_project(engine, organisation, await project(engine)) for _ in range(5)], return_exceptions=True
    )
    assert sum(isinstance(result, OrganisationError) for result in added) == 3
    assert len(await projects_of(engine, organisation)) == 2


async def test_keys_that_are_refused(
    engine: AsyncEngine, organisation: NamedOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.organisation_keys.MAX_KEYS", 2)
    for name, expires_after, told in ((" ", None, "this one is empty"), ("k", timedelta(0), "must be in the future")):
        with pytest.raises(KeyRefusedError, match=told):
            await make_organisation_key(engine, organisation, name, expires_after=expires_after)
    assert await list_organisation_keys(engine, organisation.id) == []
    first = (await make_organisation_key(engine, organisation, "first")).row.id
    await make_organisation_key(engine, organisation, "second")
    with pytest.raises(KeyRefusedError, match="at most 2 API keys in force"):
        await make_organisation_key(engine, organisation, "third")
    rotated = await rotate_organisation_key(engine, organisation, first)
    for key_id, overlap, told in (
        (first, timedelta(0), "Rotate its replacement"),
        (rotated.made.row.id, timedelta(days=91), "The overlap must be 0 to 2,160 hours"),
        (999_999_999, timedelta(0), "has no key 999999999"),
    ):
        with pytest.raises(KeyRefusedError, match=told):
            await rotate_organisation_key(engine, organisation, key_id, overlap)
    assert await revoke_organisation_key(engine, organisation, first)
    with pytest.raises(KeyRefusedError, match="was revoked"):
        await rotate_organisation_key(engine, organisation, first)


async def test_the_keys_of_another_organisation_are_not_found(
    engine: AsyncEngine, organisation: NamedOrganisation
) -> None:
    other = await create_organisation(engine, f"Other {uuid.uuid4()}")
    made = await make_organisation_key(engine, other, "theirs")
    assert not await revoke_organisation_key(engine, organisation, made.row.id)
    with pytest.raises(KeyRefusedError, match="has no key"):
        await rotate_organisation_key(engine, organisation, made.row.id)
    (row,) = await list_organisation_keys(engine, other.id)
    assert (row.revoked_at, row.superseded_at) == (None, None)
