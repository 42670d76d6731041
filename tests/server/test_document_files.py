"""Files with documents: which forms are read, and where errors are."""

import json
from hashlib import md5, sha1

import pytest

from resolvers.trusted_documents import NewDocument, id_of, stored_id
from server.document_files import DocumentFilesError, checked, read_file

ROLE = "query Role { viewer { role } }"
NOW = "query Now { viewer { now } }"
HASH = id_of(ROLE).removeprefix("sha256:")
MD5, SHA1 = md5(ROLE.encode()).hexdigest(), sha1(ROLE.encode()).hexdigest()


def apollo(*operations: object, **members: object) -> str:
    return json.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations, **members})


async def documents(name: str, content: str | bytes) -> list[NewDocument]:
    return await checked(read_file(name, content.encode() if isinstance(content, str) else content))


@pytest.mark.parametrize(
    ("content", "other_id"),
    [
        (ROLE, None),
        (apollo({"id": HASH, "name": "Role", "type": "query", "body": ROLE}), None),
        (apollo({"id": "role-1", "name": "Role", "type": "query", "body": ROLE}), "role-1"),
        (json.dumps({MD5: ROLE}), MD5),
        (json.dumps({SHA1: ROLE}), SHA1),
        (json.dumps({f"sha256:{HASH.upper()}": ROLE}), None),
    ],
    ids=["document", "Apollo", "Apollo with ids of its own", "Relay", "GraphQL Code Generator", "SHA-256"],
)
@pytest.mark.parametrize("name", ["file", "file.json", "file.graphql"])
async def test_files_are_told_apart_by_their_content(name: str, content: str, other_id: str | None) -> None:
    if content == ROLE and name == "file.json":
        pytest.skip("a file that is named so is meant to be JSON")
    assert await documents(name, content) == [NewDocument(ROLE, "Role", other_id)]


async def test_a_document_may_begin_with_a_brace() -> None:
    assert await documents("a.graphql", "{ viewer { role } }") == [NewDocument("{ viewer { role } }", "(unnamed)")]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.graphql", "query {\n  viewer { role }\n  nothing\n}", "a.graphql:3:3: Cannot query field 'nothing'"),
        ("a.graphql", "query {\n  viewer {", "a.graphql:2:11: Syntax Error"),
        ("a.graphql", "fragment F on Viewer { role }", "F"),
        ("a.json", '{\n"a" 1}', "a.json:2:5: Expecting ':' delimiter; expected a GraphQL document, an Apollo manifest"),
        ("a.json", "[]", "a.json:1: expected a GraphQL document"),
        ("a.json", '{"a": 1}', "a.json: the value of 'a' is not a string"),
        ("a.json", apollo({"id": "a"}), "a.json: /operations/0 must have the strings id and body"),
        ("a.json", apollo(version=2), "expected version 1 of an Apollo manifest"),
        (
            "a.json",
            json.dumps({"a": NOW, "b": "query {\n nothing }"}, indent=1),
            "a.json:3: line 2 of its text: Cannot",
        ),
        ("a.json", json.dumps({HASH: NOW}), f"the id '{HASH}' is not the SHA-256 of its document, which is sha256:"),
        ("a.json", json.dumps({"a b": NOW}), "'a b' is not a valid id"),
        ("a.graphql", b"\n\xff", "a.graphql:2: the file is not valid UTF-8"),
    ],
)
async def test_errors_have_their_place(name: str, content: str | bytes, told: str) -> None:
    with pytest.raises(DocumentFilesError) as refused:
        await documents(name, content)
    assert told in str(refused.value)


async def test_all_errors_are_told() -> None:
    with pytest.raises(DocumentFilesError) as refused:
        await documents("a.json", json.dumps({"a": "{ nothing }", "b": "{ neither }"}))
    assert str(refused.value).splitlines()[0] == "No document was registered."
    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("id", "stored"),
    [
        (HASH, f"sha256:{HASH}"),
        (HASH.upper(), f"sha256:{HASH}"),
        (f"sha256:{HASH}", f"sha256:{HASH}"),
        (MD5, MD5),
        ("sha256:12", None),
        ("a" * 256, None),
        ("a\0", None),
        ("ä", None),
        ("", None),
    ],
)
def test_ids(id: str, stored: str | None) -> None:
    assert stored_id(id) == stored
