"""Opening the bytes of a file: from the disk, from standard input, out of a gzip file or a ZIP archive."""

import gzip
import io
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from server.importing.inputs import STANDARD_INPUT, Input, is_workbook, members_to_import
from server.importing.outcome import ImportFailure
from server.importing.standard_input import open_standard_input

_CHUNK = 256 * 1024
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_MOST_LAYERS = 3
"""Compressions within each other that are undone."""


class Stream(io.RawIOBase):
    """Bytes of which the first can be looked at before they are read. ``taken`` counts those that came from below."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._head = b""
        self._is_at_end = False
        self.taken = 0

    def readable(self) -> bool:
        return True

    def head(self, least: int) -> bytes:
        """The first bytes that were not read yet: at least so many, or else all there are.

        Raises:
            ImportFailure: they cannot be read or decompressed.
        """
        if len(self._head) < least and not self._is_at_end:
            parts, missing = [self._head], least - len(self._head)
            while missing > 0 and (part := self._below(max(missing, _CHUNK))):
                parts.append(part)
                missing -= len(part)
            self._is_at_end = missing > 0
            self._head = b"".join(parts)
        return self._head

    @property
    def is_all_in_head(self) -> bool:
        """Whether ``head`` returned everything that is left."""
        return self._is_at_end

    def readinto(self, buffer: Any) -> int:
        size = len(buffer)
        part = self._head[:size] or (b"" if self._is_at_end else self._below(size))
        self._head = self._head[len(part) :]
        buffer[: len(part)] = part
        return len(part)

    def _below(self, size: int) -> bytes:
        try:
            part = self._raw.read(size) or b""
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise ImportFailure(f"the compressed file is damaged or cut short: {error}") from None
        except (OSError, RuntimeError, NotImplementedError) as error:
            raise ImportFailure(f"cannot be read: {_reason(error)}") from None
        self.taken += len(part)
        return part


class Opened:
    """An open file.

    Attributes:
        stream: its bytes, decompressed.
        compression: what it was compressed with, from the outside to the inside.
        size: bytes of the file as it is; None when not known.
    """

    def __init__(self, stack: ExitStack, bottom: Stream, path: Path | None, size: int | None) -> None:
        self._stack = stack
        self._bottom = bottom
        self._path = path
        self.stream = bottom
        self.compression: tuple[str, ...] = ()
        self.size = size

    @property
    def position(self) -> int:
        """How many bytes of the file were read."""
        return self._bottom.taken

    @property
    def is_plain(self) -> bool:
        """Whether the bytes are those of a file on the disk."""
        return self._path is not None and not self.compression

    def inside(self, raw: BinaryIO, compression: str) -> None:
        """Goes on with what is inside of a compressed file."""
        self.stream = Stream(self._stack.enter_context(raw))
        self.compression += (compression,)
        self._path = None

    def on_disk(self) -> Path:
        """A file that has the bytes, for what cannot read them one after the other; made if there is none."""
        if self._path is None:
            kept = self._stack.enter_context(tempfile.NamedTemporaryFile(prefix="dialboard-import-"))  # noqa: SIM115
            shutil.copyfileobj(io.BufferedReader(self.stream, _CHUNK), kept, _CHUNK)
            kept.flush()
            self._path = Path(kept.name)
        return self._path


@contextmanager
def open_bytes(input_: Input) -> Generator[Opened]:
    """Opens a file and what is compressed in it.

    Raises:
        ImportFailure: it cannot be opened or decompressed.
    """
    with ExitStack() as stack:
        opened = _bottom(stack, input_)
        if input_.member is not None:
            _open_member(stack, opened, input_.member)
        for layer in range(_MOST_LAYERS + 1):
            head = opened.stream.head(len(_ZIP))
            archive = _archive(stack, opened) if head.startswith(_ZIP) else None
            if archive is not None and is_workbook(archive.namelist()):
                opened.stream = Stream(cast("BinaryIO", stack.enter_context(opened.on_disk().open("rb"))))
                break
            if archive is None and not head.startswith(_GZIP):
                break
            if layer == _MOST_LAYERS:
                within = ", ".join((*opened.compression, "gzip" if archive is None else "ZIP"))
                raise ImportFailure(f"the file is compressed too often ({within}); decompress it, once at least")
            if archive is None:
                below = io.BufferedReader(opened.stream, _CHUNK)
                opened.inside(cast("BinaryIO", gzip.GzipFile(fileobj=below)), "gzip")
            else:
                _open_only_file(opened, archive)
        yield opened


def _bottom(stack: ExitStack, input_: Input) -> Opened:
    if input_.path == STANDARD_INPUT:
        return Opened(stack, Stream(stack.enter_context(open_standard_input())), None, None)
    try:
        raw = stack.enter_context(io.FileIO(input_.path))
        if input_.is_read_once:
            return Opened(stack, Stream(cast("BinaryIO", raw)), None, None)
        size = input_.path.stat().st_size
    except OSError as error:
        raise ImportFailure(f"cannot be read: {error.strerror}") from None
    return Opened(stack, Stream(cast("BinaryIO", raw)), input_.path, size)


def _open_member(stack: ExitStack, opened: Opened, member: str) -> None:
    archive = _archive(stack, opened)
    opened.inside(_guarded(lambda: cast("BinaryIO", archive.open(member))), "ZIP")


def _open_only_file(opened: Opened, archive: zipfile.ZipFile) -> None:
    """Goes on with the only file of an archive."""
    taken = members_to_import(archive.namelist())
    if len(taken) != 1:
        raise ImportFailure(
            f"the ZIP archive has {len(taken)} files to import; allowed: one, where the archive itself is not a file "
            "on the disk; unpack it"
        )
    opened.inside(_guarded(lambda: cast("BinaryIO", archive.open(taken[0]))), "ZIP")


def _archive(stack: ExitStack, opened: Opened) -> zipfile.ZipFile:
    return stack.enter_context(_guarded(lambda: zipfile.ZipFile(opened.on_disk())))


def _guarded(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, OSError) as error:
        raise ImportFailure(f"the ZIP archive cannot be read: {_reason(error)}") from None


def _reason(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)
