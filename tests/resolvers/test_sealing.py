"""Sealed texts: opened by the same key alone, and only as they were sealed."""

import hashlib

import pytest

from resolvers.sealing import Seal, SealBrokenError

SEAL = Seal("dlbk_1_secret")


@pytest.mark.parametrize("text", ["", "text", "\N{SNOWMAN}" * 1_000])
def test_what_is_sealed_is_opened_by_its_key(text: str) -> None:
    assert SEAL.open(SEAL.seal(text)) == text


def test_seals_differ_each_time_and_hide_the_key() -> None:
    assert SEAL.seal("text") != SEAL.seal("text")
    assert "secret" not in repr(SEAL)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(SealBrokenError):
        Seal("dlbk_1_other").open(SEAL.seal("text"))


def test_every_change_is_noticed() -> None:
    sealed = SEAL.seal("text")
    start = sealed.index(":") + 1
    for place in range(start, len(sealed)):
        changed = sealed[:place] + ("0" if sealed[place] != "0" else "1") + sealed[place + 1 :]
        with pytest.raises(SealBrokenError):
            SEAL.open(changed)
    for end in range(start, len(sealed)):
        with pytest.raises(SealBrokenError):
            SEAL.open(sealed[:end])


def _by_an_earlier_version(text: str) -> str:
    nonce, content = bytes(16), text.encode()
    stream = hashlib.shake_256(b"dialboard seal" + nonce + SEAL.key.encode()).digest(len(content))
    return (nonce + bytes(a ^ b for a, b in zip(content, stream, strict=True))).hex()


@pytest.mark.parametrize("sealed", ["", "v2:", "v2:zz", "v1:00", _by_an_earlier_version("text")])
def test_what_was_not_sealed_by_this_version_is_refused(sealed: str) -> None:
    with pytest.raises(SealBrokenError):
        SEAL.open(sealed)
