"""A project inside a picture: it comes back letter by letter, and a stranger's picture costs no memory."""

from __future__ import annotations

import contextlib
import io
import struct
import tracemalloc
import zlib

import pytest
from drawings import digits_cnn
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from graph import files
from graph.errors import FileFormatError
from graph.pictures import embed, extract


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "white").save(out, "PNG")
    return out.getvalue()


def with_chunk(body: bytes, kind: bytes = b"iTXt", check: int | None = None) -> bytes:
    picture = png()
    at = picture.index(b"IEND") - 4
    check = zlib.crc32(kind + body) if check is None else check
    return picture[:at] + struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check) + picture[at:]


HEAD = b"Layerloom project\0\1\0\0\0"


def test_a_project_survives_the_way_through_a_picture_that_others_can_open() -> None:
    text = files.dump(digits_cnn()).replace("digit", "zïffer 数")
    picture = embed(png(), text)
    assert extract(picture) == text
    opened = Image.open(io.BytesIO(picture))
    assert opened.size == (30, 20)
    opened.load()
    assert opened.info["Layerloom project"] == text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no PNG picture"),
        (b"GIF89a", "no PNG picture"),
        (png(), "no project inside"),
        (png()[:30], "no project inside"),
        (with_chunk(b"Title\0\0\0\0\0words"), "no project inside"),
        (with_chunk(HEAD + zlib.compress(b"{}"), check=7), "no project inside"),
        (with_chunk(HEAD + b"no zlib"), "damaged"),
        (with_chunk(HEAD + zlib.compress(b"words" * 100)[:-9]), "damaged"),
        (with_chunk(HEAD + zlib.compress(b"\xff\xfe")), "damaged"),
        (with_chunk(b"Layerloom project\0\7\0\0\0x"), "not known"),
    ],
)
def test_every_other_picture_has_its_sentence(data: bytes, words: str) -> None:
    with pytest.raises(FileFormatError, match=words):
        extract(data)


def test_a_small_picture_cannot_unpack_to_gigabytes() -> None:
    bomb = zlib.compressobj(9)
    packed = b"".join(bomb.compress(bytes(10_000_000)) for _ in range(40)) + bomb.flush()
    picture = with_chunk(HEAD + packed)
    assert len(picture) < 1_000_000
    tracemalloc.start()
    with pytest.raises(FileFormatError, match="larger than 20 MB"):
        extract(picture)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60_000_000


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 400))
def test_any_bytes_are_refused_or_read_but_never_crash(data: bytes, cut: int) -> None:
    whole = embed(png(), "{}")
    for picture in (data, whole[:cut] + data, whole[: len(whole) - cut]):
        with contextlib.suppress(FileFormatError):
            assert extract(picture) == "{}"
