"""Files of `huangyu screen` as bytes: packed or plain, whole or cut short, in whatever encoding they were saved.

A file that ends early gives what could be read before the break; the reason is handed to the caller, who reports it.
"""

import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

CHUNK_BYTES = 4 * 1024 * 1024
MAX_PENDING_BYTES = 64 * 1024
"""A line longer than this is no sentence: it is cut into pieces that are each counted as too long."""
BREAKS = (EOFError, OSError, zlib.error)
"""What reading a cut or damaged file raises: no gzip trailer, a wrong checksum or block, a bad disk."""
_GZIP = b"\x1f\x8b"
OnBreak = Callable[[Exception], None]


class _Readable(Protocol):
    def read1(self, size: int = ..., /) -> bytes: ...


def blocks(path: Path, on_break: OnBreak) -> Iterator[bytes]:
    """Yield a file in blocks that end with whole lines; endless lines are cut so that memory stays bounded.

    `on_break` is told why a file ended early. UTF-16 (redirected in a Windows shell) is read as its ASCII.
    """
    pending = b""
    for chunk in _ascii(_chunks(path, on_break)):
        whole = pending + chunk
        cut = whole.rfind(b"\n") + 1
        if not cut and len(whole) > MAX_PENDING_BYTES:
            yield whole + b"\n"
            pending = b""
            continue
        if cut:
            yield whole[:cut]
        pending = whole[cut:]
    if pending:
        yield pending


def whole_text(path: Path, on_break: OnBreak) -> str:
    """Return a text file: UTF-8, UTF-16 with its mark, else GB 18030.

    Of a broken file the unfinished last line is left out, because half a figure reads like a figure.
    """
    broken: list[Exception] = []

    def note(exc: Exception) -> None:
        broken.append(exc)
        on_break(exc)

    data = b"".join(_chunks(path, note))
    if broken:
        data = data[: data.rfind(b"\n") + 1]
    return decoded(data)


def decoded(data: bytes) -> str:
    """Return bytes as text; characters that no encoding explains become U+FFFD, so that one of them costs no row."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8-sig", "replace")


def _chunks(path: Path, on_break: OnBreak) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            packed = file.peek(2)[:2] == _GZIP
            yield from _pieces(gzip.GzipFile(fileobj=file) if packed else file, on_break)
    except OSError as exc:
        on_break(exc)


def _pieces(file: _Readable, on_break: OnBreak) -> Iterator[bytes]:
    """Yield what can be read. One packed block at a time, because a break in a longer read loses all of it."""
    gathered = io.BytesIO()
    while True:
        try:
            piece = file.read1(CHUNK_BYTES)
        except BREAKS as exc:
            on_break(exc)
            piece = b""
        gathered.write(piece)
        if gathered.tell() >= CHUNK_BYTES or not piece:
            if gathered.tell():
                yield gathered.getvalue()
            gathered = io.BytesIO()
        if not piece:
            return


def _ascii(chunks: Iterator[bytes]) -> Iterator[bytes]:
    decoder: codecs.IncrementalDecoder | None = None
    for number, chunk in enumerate(chunks):
        if number == 0 and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            decoder = codecs.getincrementaldecoder("utf-16")("replace")
        yield chunk if decoder is None else decoder.decode(chunk).encode("ascii", "replace")
