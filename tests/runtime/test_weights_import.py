"""Files of weights from elsewhere: taken where they hold weights alone, in words where they do not, and never run."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from graph.errors import LoomError
from runtime.run_label import is_imported, start_title
from runtime.weights_import import import_weights

WEIGHTS = {"conv.weight": torch.arange(6.0).reshape(2, 3), "conv.bias": torch.zeros(2), "count": torch.tensor(3)}


def wrapped(prefix: str = "module.") -> dict[str, Tensor]:
    return {f"{prefix}{name}": tensor for name, tensor in WEIGHTS.items()}


def legacy(value: Any, path: Path) -> None:
    torch.save(value, path, _use_new_zipfile_serialization=False)


@pytest.mark.parametrize(
    ("value", "write", "said"),
    [
        (WEIGHTS, torch.save, ""),
        (WEIGHTS, legacy, ""),
        (wrapped(), torch.save, "Dropped module. from all names."),
        ({"state_dict": wrapped(), "epoch": 3, "best": 0.9}, torch.save, "Took state_dict, dropped module."),
        (
            {"model": WEIGHTS, "optimizer": {"state": {0: {"exp": torch.zeros(9)}}}},
            legacy,
            "Took model.",
        ),
        (
            {"best": {"net": WEIGHTS, "ema": {"conv.bias": torch.ones(2)}}},
            torch.save,
            "Took best.net.",
        ),
        ({**WEIGHTS, "odd": torch.zeros(2, dtype=torch.complex64)}, torch.save, "Left out 1 tensor of another kind."),
        (WEIGHTS, lambda value, path: save_file(value, path), ""),
    ],
)
def test_weights_are_found_in_what_torch_saved(
    tmp_path: Path, value: Any, write: Callable[[Any, Path], None], said: str
) -> None:
    write(value, tmp_path / "res net.pth")
    found = import_weights(tmp_path / "res net.pth", tmp_path / "a.weights")
    held = load_file(found.path)
    assert held.keys() == WEIGHTS.keys()
    assert all(torch.equal(held[name], tensor) for name, tensor in WEIGHTS.items())
    assert found.note.startswith(said)
    assert bool(found.note) == bool(said)
    assert is_imported(str(found.path))
    assert start_title(str(found.path)) == "res_net"
    again = import_weights(tmp_path / "res net.pth", tmp_path / "a.weights")
    assert again.path == found.path
    assert os.listdir(tmp_path / "a.weights") == [found.path.name]


def test_weights_that_are_one_and_half_precision_are_kept_as_they_are(tmp_path: Path) -> None:
    one = torch.rand(4, 2).bfloat16()
    torch.save({"a": one, "b": one, "c": one.t()}, tmp_path / "x.bin")
    held = load_file(import_weights(tmp_path / "x.bin", tmp_path / "w").path)
    assert torch.equal(held["a"], one)
    assert torch.equal(held["c"], one.t())


class Danger:
    """Pickled, it would leave a file behind."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.place),))


def packed(path: Path, rows: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", compression) as held:
        for name, raw in rows.items():
            held.writestr(name, raw)


def cut(path: Path) -> None:
    torch.save({"a": torch.zeros(1000)}, path)
    path.write_bytes(path.read_bytes()[:2000])


def swollen(path: Path) -> None:
    packed(path, {"a/data.pkl": b"\x80\x02}.", "a/data/0": bytes(3_000_000)}, zipfile.ZIP_DEFLATED)


def headless(path: Path) -> None:
    save_file(WEIGHTS, path)
    path.write_bytes(path.read_bytes()[:-4])


def traced(path: Path) -> None:
    packed(path, {"a/data.pkl": b"", "a/constants.pkl": b"", "a/code/a.py": b""})


def stretched(path: Path) -> None:
    """A few bytes that say they are very many numbers."""
    torch.save({"a": torch.zeros(1).expand(40_000_000_000)}, path)


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda path: path.write_bytes(b""), "a.pth is empty"),
        (
            lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\noid"),
            "pointer of Git LFS.*lfs pull",
        ),
        (
            lambda path: path.write_text("<!DOCTYPE html>" * 9),
            "a.pth is no file of weights. Choose a .safetensors file",
        ),
        (cut, "a.pth is damaged or cut off"),
        (headless, "a.pth is a damaged or cut off safetensors file"),
        (lambda path: save_file({}, path), "a.pth holds no weights"),
        (swollen, "a.pth is not as torch.save writes it: it unpacks to more"),
        (traced, "a.pth is a TorchScript program"),
        (lambda path: packed(path, {"readme.txt": b"hello"}), "a.pth is a zip file, but none that torch.save wrote"),
        (lambda path: torch.save(nn.Linear(2, 2), path), r"Python objects \(torch.nn.modules.linear.Linear\)"),
        (lambda path: torch.save(torch.zeros(3), path), "a.pth holds Tensor, not weights by name"),
        (lambda path: torch.save([1, 2], path), "a.pth holds list, not weights by name"),
        (lambda path: torch.save({"epoch": 3}, path), "a.pth holds no weights by name"),
        (stretched, "a.pth says that it holds more than can be loaded"),
        (lambda path: path.write_bytes(b"\x80\x02" + bytes(range(90))), "a.pth is damaged, or no file"),
    ],
)
def test_what_is_no_file_of_weights_is_a_sentence(
    tmp_path: Path, write: Callable[[Path], object], sentence: str
) -> None:
    write(tmp_path / "a.pth")
    with pytest.raises(LoomError, match=sentence):
        import_weights(tmp_path / "a.pth", tmp_path / "w")
    assert not (tmp_path / "w").exists() or os.listdir(tmp_path / "w") == []


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
def test_code_in_a_file_is_never_run(tmp_path: Path, form: str) -> None:
    trap = tmp_path / "was-run"
    value = {"a": torch.zeros(2), "b": Danger(trap)}
    if form == "pickle":
        (tmp_path / "a.pt").write_bytes(pickle.dumps(Danger(trap)))
    else:
        torch.save(value, tmp_path / "a.pt", _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(LoomError, match=r"would run code|no file that torch\.save wrote"):
        import_weights(tmp_path / "a.pt", tmp_path / "w")
    assert not trap.exists()


def test_a_file_that_is_too_large_missing_or_on_another_machine_is_not_opened(tmp_path: Path) -> None:
    torch.save(WEIGHTS, tmp_path / "a.pt")
    with pytest.raises(LoomError, match=r"more than the 0\.0 GB"):
        import_weights(tmp_path / "a.pt", tmp_path / "w", most=100)
    for name in (tmp_path / "b.pt", Path("//server/share/a.pt"), tmp_path):
        with pytest.raises(LoomError, match="There is no file"):
            import_weights(name, tmp_path / "w")


def test_the_process_answers_one_line_and_needs_no_torch_for_safetensors(tmp_path: Path) -> None:
    save_file(WEIGHTS, tmp_path / "a.safetensors")
    words = [str(tmp_path / "a.safetensors"), str(tmp_path / "w")]
    script = (
        "import sys; from runtime.weights_import import main; main(sys.argv[1:]); assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-P", "-c", script, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert Path(answer["kept"]).is_file()
    (tmp_path / "a.safetensors").write_bytes(io.BytesIO(b"no").getvalue())
    command = [sys.executable, "-P", "-m", "runtime.weights_import", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "is no file of weights" in json.loads(done.stdout)["problem"]
