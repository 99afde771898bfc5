"""A project inside a PNG picture: written into a text chunk, and read from one as what it is, a stranger's file."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from graph.errors import FileFormatError
from graph.files import MAX_BYTES

MAX_PICTURE = 64_000_000
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"Layerloom project"
_KIND = b"iTXt"
_CHUNKS = 100_000


def embed(png: bytes, text: str) -> bytes:
    """The picture with a project's text in it, compressed, right before its end (PNG 3, 11.3.3.4 iTXt)."""
    at = next((start for start, kind, _ in _chunks(png) if kind == b"IEND"), None)
    if at is None:
        raise FileFormatError("The picture has no end; it is no whole PNG.")
    body = _KEYWORD + b"\0" + b"\1\0" + b"\0" + b"\0" + zlib.compress(text.encode("utf-8"), 9)
    chunk = struct.pack(">I", len(body)) + _KIND + body + struct.pack(">I", zlib.crc32(_KIND + body))
    return png[:at] + chunk + png[at:]


def extract(png: bytes) -> str:
    """The text of the project in a picture, which itself is never decoded; FileFormatError when there is none."""
    if len(png) > MAX_PICTURE:
        raise FileFormatError(
            f"The picture is larger than {MAX_PICTURE // 1_000_000} MB, the most that is looked into."
        )
    if not png.startswith(_SIGNATURE):
        raise FileFormatError("This is no PNG picture.")
    for _, kind, body in _chunks(png):
        keyword, _, rest = body.partition(b"\0") if kind == _KIND else (b"", b"", b"")
        if keyword == _KEYWORD:
            return _text(rest)
    text = "There is no project inside of this picture. To learn from pictures, take the folder that holds them."
    raise FileFormatError(text)


def _chunks(png: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Where each chunk starts, its kind and its body; ends at the first that is damaged."""
    at = len(_SIGNATURE)
    for _ in range(_CHUNKS):
        if at + 12 > len(png):
            return
        (length,) = struct.unpack_from(">I", png, at)
        end = at + 8 + length
        if end + 4 > len(png):
            return
        kind, body = png[at + 4 : at + 8], png[at + 8 : end]
        if struct.unpack_from(">I", png, end)[0] != zlib.crc32(kind + body):
            return
        yield at, kind, body
        at = end + 4


def _text(rest: bytes) -> str:
    """The text after the keyword: a flag, a method, two empty words, and what is compressed."""
    flag, method = rest[:1], rest[1:2]
    _, _, rest = rest[2:].partition(b"\0")
    _, _, packed = rest.partition(b"\0")
    if flag not in (b"\0", b"\1") or method != b"\0":
        raise FileFormatError("The project inside of this picture is packed in a way that is not known here.")
    if flag == b"\0":
        plain = packed
    else:
        opener = zlib.decompressobj()
        try:
            plain = opener.decompress(packed, MAX_BYTES + 1)  # a small picture may claim to hold gigabytes
        except zlib.error:
            raise FileFormatError("The project inside of this picture is damaged.") from None
        if not opener.eof and len(plain) <= MAX_BYTES:
            raise FileFormatError("The project inside of this picture is damaged.")
    if len(plain) > MAX_BYTES:
        raise FileFormatError(f"The project inside of this picture is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError:
        raise FileFormatError("The project inside of this picture is damaged.") from None
