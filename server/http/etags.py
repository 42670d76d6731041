"""ETags of answers to GET requests: a client that has the same answer already is not sent it again."""

import hashlib
import re
from collections.abc import Sequence

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def etag_of(parts: Sequence[bytes], media_type: str) -> str:
    """The tag of an answer. It is weak, because the same answer is compressed in several ways."""
    digest = hashlib.blake2b(media_type.encode(), digest_size=16)
    for part in parts:
        digest.update(part)
    return f'W/"{digest.hexdigest()}"'


def is_known(etag: str, if_none_match: str | None) -> bool:
    """Whether the header names the tag (RFC 9110, 13.1.2); tags are compared without their weakness."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag.removeprefix("W/") in _TAG.findall(if_none_match)
