"""The process that takes a file of weights into a project: `python -P -m runtime.weights_import FILE FOLDER`.

It answers one JSON line. A file of torch is read by torch's reader for weights alone, which runs no code of the file,
and kept as safetensors; nothing of it is looked at in another process before that.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import traceback
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from graph.errors import LoomError
from runtime.data_paths import is_on_network
from runtime.durable import is_disk_full
from runtime.run_label import imported_name
from runtime.start_from import StartError, read_shapes

if TYPE_CHECKING:
    from torch import Tensor

MOST_BYTES: Final = 8 * 1024**3
MOST_TENSORS: Final = 100_000
_MOST_PICKLE: Final = 64 * 1024**2
_ROOM: Final = 24 * 1024**3  # of addresses, most of which torch asks for and never uses
_ALONE: Final = "Save the weights alone, torch.save(model.state_dict(), file), or as safetensors, and load that."
_USUAL: Final = ("state_dict", "model_state_dict", "model", "model_state", "network", "net", "weights", "params")
"""Where a checkpoint keeps the weights, the likeliest first."""
_WRAPPERS: Final = ("module.", "_orig_mod.")
"""What DataParallel and torch.compile put before all names."""
_DEPTH: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The kept file, and what was done to it in a sentence, if anything."""

    path: Path
    note: str = ""


def import_weights(source: Path, root: Path, *, most: int = MOST_BYTES) -> Imported:
    """Keep the weights of a file in the folder `root`; LoomError says why that cannot be and what to do."""
    try:
        _check_place(source, most)
        kind = _kind(source)
        root.mkdir(parents=True, exist_ok=True)
        with _scratch(root) as scratch:
            note = ""
            if kind == "safetensors":
                _check_safetensors(source)
                shutil.copyfile(source, scratch)
            else:
                note = _convert(source, scratch, kind, most)
            return Imported(path=_keep(scratch, root, source.stem), note=note)
    except OSError as error:
        if is_disk_full(error):
            raise LoomError(f"The disk is full: the weights do not fit into {root}. Free some space.") from None
        raise LoomError(f"{error.filename or source}: {error.strerror}.") from None


def _check_place(source: Path, most: int) -> None:
    if is_on_network(str(source)) or not source.is_file():
        raise LoomError(f"There is no file {source}. Choose another one.")
    size = source.stat().st_size
    if size > most:
        raise LoomError(f"{source.name} has {size / 1e9:.1f} GB, more than the {most / 1e9:.1f} GB that can be loaded.")


def _kind(source: Path) -> str:
    """What a file is by how it begins."""
    with source.open("rb") as stream:
        head = stream.read(64)
    if not head:
        raise LoomError(f"{source.name} is empty. Get it again, or choose another file.")
    if head.startswith(b"version https://git-lfs"):
        raise LoomError(f"{source.name} is a pointer of Git LFS, not the weights. Fetch them with: git lfs pull")
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < source.stat().st_size:
        return "safetensors"
    if head[:1] == b"\x80":
        return "legacy"
    raise LoomError(
        f"{source.name} is no file of weights. Choose a .safetensors file, or one that torch.save wrote (.pt, .pth, "
        ".bin)."
    )


def _check_safetensors(source: Path) -> None:
    try:
        shapes = read_shapes(str(source))
    except StartError:
        raise LoomError(f"{source.name} is a damaged or cut off safetensors file. Get it again.") from None
    if not shapes:
        raise LoomError(f"{source.name} holds no weights. Choose another file.")


def _convert(source: Path, target: Path, kind: str, most: int) -> str:
    """Write the weights that torch saved as safetensors; what was done is said in a sentence."""
    if kind == "zip":
        _check_zip(source, most)
    found, place = _weights_in(_loaded(source), source.name)
    kept = {name: tensor for name, tensor in found.items() if _is_plain(tensor)}
    if not kept:
        raise LoomError(f"{source.name} holds no weights by name. {_ALONE}")
    if len(kept) > MOST_TENSORS or sum(one.numel() * one.element_size() for one in kept.values()) > most:
        raise LoomError(f"{source.name} says that it holds more than can be loaded. It may be damaged.")
    wrapper = next((one for one in _WRAPPERS if all(name.startswith(one) for name in kept)), "")
    from safetensors.torch import save_file  # lazy: it brings torch, which a safetensors file does not need

    save_file(
        {name.removeprefix(wrapper): tensor.detach().clone().contiguous() for name, tensor in kept.items()}, target
    )
    done = [f"took {place}"] if place else []
    done += [f"dropped {wrapper} from all names"] if wrapper else []
    odd = len(found) - len(kept)
    done += [f"left out {odd} tensor{'' if odd == 1 else 's'} of another kind"] if odd else []
    words = ", ".join(done)
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def _check_zip(source: Path, most: int) -> None:
    try:
        with zipfile.ZipFile(source) as held:
            rows = held.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise LoomError(f"{source.name} is damaged or cut off. Get it again.") from None
    names = {row.filename.rpartition("/")[2]: row for row in rows}
    if "constants.pkl" in names:
        raise LoomError(f"{source.name} is a TorchScript program, which would run. {_ALONE}")
    if "data.pkl" not in names:
        raise LoomError(f"{source.name} is a zip file, but none that torch.save wrote. Unpack it, or choose another.")
    is_packed = any(row.compress_type != zipfile.ZIP_STORED for row in rows)
    if is_packed or sum(row.file_size for row in rows) > most or names["data.pkl"].file_size > _MOST_PICKLE:
        raise LoomError(f"{source.name} is not as torch.save writes it: it unpacks to more than it holds.")


def _loaded(source: Path) -> Any:
    import torch  # lazy: seconds, and a safetensors file does not need it

    try:
        return torch.load(source, map_location="cpu", weights_only=True)
    except MemoryError:
        raise LoomError(f"{source.name} needs more memory than there is.") from None
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever a strange file brings torch to say
        words = str(error)
        if found := re.search(r"GLOBAL ([\w.]+)", words):
            raise LoomError(
                f"{source.name} holds Python objects ({found[1][:80]}) beside or in place of weights. They are not "
                f"loaded, for that would run code of the file. {_ALONE}"
            ) from None
        if "TorchScript" in words:
            raise LoomError(f"{source.name} is a TorchScript program, which would run. {_ALONE}") from None
        raise LoomError(f"{source.name} is damaged, or no file that torch.save wrote. Get it again.") from None


def _weights_in(found: Any, name: str, depth: int = _DEPTH) -> tuple[dict[str, Tensor], str]:
    """The weights by name in what torch read, and under which key they were, if under one."""
    if not isinstance(found, Mapping):
        raise LoomError(f"{name} holds {type(found).__name__}, not weights by name. {_ALONE}")
    own = _tensors(found)
    inner = {key: value for key, value in found.items() if isinstance(key, str) and isinstance(value, Mapping)}
    best: dict[str, Tensor] = {}
    place = ""
    for key in sorted(inner, key=lambda one: _USUAL.index(one) if one in _USUAL else len(_USUAL)):
        if key == "optimizer" or key.endswith("_optimizer"):
            continue
        below, deeper = _weights_in(inner[key], name, depth - 1) if depth else ({}, "")
        is_usual = key in _USUAL and place not in _USUAL
        if below and (not best or (place not in _USUAL and (is_usual or len(below) > len(best)))):
            best, place = below, f"{key}.{deeper}" if deeper else key
    return (best, place) if len(best) > len(own) else (own, "")


def _tensors(found: Mapping[Any, Any]) -> dict[str, Tensor]:
    from torch import Tensor  # lazy: see `_loaded`

    return {name: value for name, value in found.items() if isinstance(name, str) and isinstance(value, Tensor)}


def _is_plain(tensor: Tensor) -> bool:
    """Whether a tensor is one of plain numbers, as safetensors and the drawing have them."""
    import torch  # lazy: see `_loaded`

    kinds = (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.bool, torch.uint8, torch.int8)
    is_known = tensor.dtype in (*kinds, torch.int16, torch.int32, torch.int64)
    return is_known and tensor.layout == torch.strided and tensor.device.type == "cpu"


@contextlib.contextmanager
def _scratch(root: Path) -> Iterator[Path]:
    """A file beside its place, which is gone afterwards."""
    handle, name = tempfile.mkstemp(dir=root, prefix=".loading-")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _keep(scratch: Path, root: Path, stem: str) -> Path:
    """Give the file the name that says what is in it; the same weights are kept once."""
    with scratch.open("rb") as stream:
        place = root / imported_name(stem, hashlib.file_digest(stream, "sha256").hexdigest())
        os.fsync(stream.fileno())
    if not place.exists():
        scratch.chmod(0o644)
        os.replace(scratch, place)
    return place


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (_ROOM, _ROOM))


def main(words: list[str]) -> int:
    """Import one file and say what came of it."""
    out, sys.stdout = sys.stdout, sys.stderr  # what torch prints is no answer
    source, root = words
    _limit_memory()
    try:
        found = import_weights(Path(source), Path(root))
        answer = {"kept": str(found.path), "note": found.note}
    except LoomError as problem:
        answer = {"problem": str(problem)}
    except Exception as error:  # noqa: BLE001  # the window waits for an answer; the traceback goes to the log
        traceback.print_exc()
        answer = {"problem": f"{Path(source).name} could not be read ({type(error).__name__}). Choose another file."}
    print(json.dumps(answer), file=out, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
