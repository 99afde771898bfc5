"""How exported code is shared out over files: `model.py` and `train.py`, one file that holds both, or a package."""

from __future__ import annotations

import ast
import keyword
import re
import sys
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from graph.code_style import CodeStyle, styled
from graph.errors import LoomError
from graph.pretty import WIDTH
from runtime.inline import Imports
from runtime.usage import networks_in

Layout = Literal["files", "single", "package"]
LAYOUTS: tuple[Layout, ...] = ("files", "single", "package")
_INSTALLED: Final = frozenset({"torch", "numpy", "sklearn", "PIL", "safetensors", "model", "train"})
_LONGEST_NAME: Final = 40


class LayoutError(LoomError):
    """The code does not go together as wanted; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeForm:
    """How code is written out. `name` is that of the one file or of the package."""

    style: CodeStyle = field(default_factory=CodeStyle)
    layout: Layout = "files"
    name: str = "network"

    @property
    def command(self) -> tuple[str, ...]:
        """What Python is told, so that the script trains."""
        if self.layout == "package":
            return "-m", f"{self.name}.train"
        return ("train.py",) if self.layout == "files" else (f"{self.name}.py",)

    @property
    def folder(self) -> str:
        """Where the script lies in the folder of the export, with a slash behind it."""
        return f"{self.name}/" if self.layout == "package" else ""

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files of code."""
        if self.layout == "files":
            return "model.py", "train.py", "requirements.txt"
        if self.layout == "single":
            return f"{self.name}.py", "requirements.txt"
        inside = (f"{self.name}/{file}" for file in ("__init__.py", "model.py", "train.py"))
        return *inside, "README.md", "requirements.txt"


def module_name(title: str) -> str:
    """A title as the name of a module that stands in the way of no other: `Digits CNN` becomes `digits_cnn`."""
    name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:_LONGEST_NAME] or "network"
    if name[0].isdigit():
        name = f"network_{name}"
    is_taken = keyword.iskeyword(name) or name in _INSTALLED or name in sys.stdlib_module_names
    return f"{name}_network" if is_taken else name


def laid_out(code: Mapping[str, str], form: CodeForm, own: Collection[int] = ()) -> dict[str, str]:
    """The files of an export by name, from the texts of `model.py`, `train.py` and `requirements.txt`.

    `own` are the lines of `model.py` that a person wrote, which stay as they are.
    """
    model = styled(code["model.py"], form.style, own).text
    train = styled(code["train.py"], form.style).text
    rest = {"requirements.txt": code["requirements.txt"]}
    if form.layout == "files":
        return {"model.py": model, "train.py": train, **rest}
    network, training = _Module.of(model), _Module.of(train)
    command = " ".join(("python", *form.command))
    if form.layout == "single":
        return {f"{form.name}.py": _one_file(network, training, command), **rest}
    called = sorted(training.imports.names["model"])
    listed = ", ".join(f'"{name}"' for name in called)
    said = network.said.partition("\n")[0]
    inside = {
        "__init__.py": f'"""{said}"""\n\nfrom .model import {", ".join(called)}\n\n__all__ = [{listed}]\n',
        "model.py": model,
        "train.py": _inside_a_package(training, command),
    }
    readme = _README.format(name=form.name, said=said, command=command)
    readme += _how_to_use(_Module.of(code["train.py"]), called, form.name)
    return {f"{form.name}/{name}": text for name, text in inside.items()} | {"README.md": readme, **rest}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Module:
    """A module taken apart: its docstring, its imports, and the rows after them."""

    rows: Sequence[str]
    tree: ast.Module
    said: str
    imports: Imports
    last: int  # the row of the last import

    @staticmethod
    def of(text: str) -> _Module:
        tree, imports, last = ast.parse(text), Imports(), 0
        for row in tree.body:
            if isinstance(row, ast.Import):
                for one in row.names:
                    imports.add(f"{one.name} as {one.asname}" if one.asname else one.name)
            elif isinstance(row, ast.ImportFrom) and row.module != "__future__":  # that is always written
                for one in row.names:
                    imports.add(str(row.module), f"{one.name} as {one.asname}" if one.asname else one.name)
            elif row is not tree.body[0] and not isinstance(row, ast.ImportFrom):
                break
            last = row.end_lineno or last
        said = ast.get_docstring(tree) or ""
        return _Module(rows=text.split("\n"), tree=tree, said=said, imports=imports, last=last)

    @property
    def body(self) -> str:
        """All after the imports."""
        return self._between(self.last, len(self.rows))

    def parted(self) -> tuple[str, str]:
        """The constants that it begins with, and all from its first function or class on."""
        first = next(row for row in self.tree.body if isinstance(row, ast.FunctionDef | ast.ClassDef))
        start = min(one.lineno for one in (first, *first.decorator_list)) - 1
        return self._between(self.last, start), self._between(start, len(self.rows))

    def _between(self, first: int, last: int) -> str:
        return "\n".join(self.rows[first:last]).strip("\n")

    def defined(self) -> set[str]:
        """The names that it gives something, imports apart."""
        rows = self.tree.body
        names = {row.name for row in rows if isinstance(row, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
        given = [one for row in rows if isinstance(row, ast.Assign) for one in row.targets]
        given += [row.target for row in rows if isinstance(row, ast.AnnAssign)]
        return names | {one.id for one in given if isinstance(one, ast.Name)}

    def imported(self) -> dict[str, str]:
        """The names that its imports give something, and what that is."""
        found = {module.rpartition(" as ")[2].partition(".")[0]: module for module in self.imports.plain}
        for module, names in self.imports.names.items():
            found |= {name.rpartition(" as ")[2]: f"{module} {name}" for name in names}
        return found


def _one_file(network: _Module, training: _Module, command: str) -> str:
    training.imports.names.pop("model")
    ours, theirs = network.imported(), training.imported()
    both = network.defined() & (training.defined() | theirs.keys()) | training.defined() & ours.keys()
    both |= {name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name]}
    if both:
        raise LayoutError(
            f"{min(both)} means one thing in the network and another in its training, so that they do not go into one "
            "file. Rename it in the drawing, or export two files."
        )
    training.imports.update(network.imports)
    constants, rest = training.parted()
    parts = "\n\n\n".join((constants, network.body, rest))
    return f"{_docstring(training.said, command)}\n\n{training.imports.render()}\n\n{parts}\n"


def _inside_a_package(training: _Module, command: str) -> str:
    training.imports.names[".model"] = training.imports.names.pop("model")
    return f"{_docstring(training.said, command)}\n\n{training.imports.render()}\n\n{training.body}\n"


def _docstring(said: str, command: str) -> str:
    """A docstring in which the script is run by another command."""
    paragraphs = said.replace("python train.py", command).split("\n\n")
    first, *rest = [
        one if one.startswith(_CODE) else "\n".join(textwrap.wrap(one, WIDTH, break_on_hyphens=False))
        for one in paragraphs
    ]
    if not rest and "\n" not in first:
        return f'"""{first}"""'
    return '"""' + "\n\n".join((first, *rest)) + '\n"""'


def _how_to_use(training: _Module, called: Sequence[str], name: str) -> str:
    """The end of a README: how a network gets its weights, the main one of several, and what of averages."""
    networks, averages = networks_in(training.tree), networks_in(training.tree, "averages")
    trained = re.match(r"Train (\w+)", training.said)
    main = trained[1] if trained is not None and trained[1] in called else called[0]
    lines = [line.removeprefix(_CODE) for line in training.said.split("\n") if line.startswith(_CODE)]
    lines = lines or _ALONE.format(called=main).splitlines()
    torch = "import torch\n" if any("torch." in line for line in lines) else ""
    text = _USE.format(torch=torch, name=name, called=main, lines="\n".join(lines))
    if len(networks) > 1:
        starts = ", ".join(f"`{one}.`" for one in networks)
        text = f"\nIt holds all networks; the names of their weights begin with {starts}.\n{text}"
    if len(averages) == 1:
        of = next((built for built in networks if f'"{built}"' in next(iter(averages.values())).replace("'", '"')), "")
        text += _AVERAGE.format(called=networks.get(of, main).removesuffix("()"))
    elif averages:
        starts = ", ".join(f"`{one}.`" for one in averages)
        text += _AVERAGES.format(starts=starts)
    return text


_CODE: Final = "    "  # lines of a docstring that are no sentences
_README: Final = """\
# {name}

{said}

Install what it needs, then train it here; losses, metrics and a fingerprint of the weights are told:

```sh
pip install -r requirements.txt
{command}
```

The weights are saved as `weights.safetensors`.
"""
_USE: Final = """
To use {called}:

```python
{torch}from safetensors.torch import load_file

from {name} import {called}

{lines}
```
"""
_ALONE: Final = """\
network = {called}()
network.load_state_dict(load_file("weights.safetensors"))
network.eval()
"""
_AVERAGE: Final = """
The average of the weights of {called}, which often answers better, is in `averages.safetensors`:
`network.load_state_dict(load_file("averages.safetensors"))`.
"""
_AVERAGES: Final = """
Averages of weights, which often answer better, are in `averages.safetensors`, by names that begin with {starts}.
"""
