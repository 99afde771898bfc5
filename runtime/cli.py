"""The command `layerloom`: opens the window, or trains, resumes, checks, exports and attacks without one."""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import importlib.resources
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from graph.code_style import CodeStyle
from graph.edits import Batch, SetSetting
from graph.errors import LoomError
from graph.files import dump, read
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from graph.python_texts import fingerprint
from runtime.cli_attack import add_attack
from runtime.cli_trust import add_trust, token_for
from runtime.code_layout import CodeForm, Layout, module_name
from runtime.conversion_protocol import FILES
from runtime.data_paths import is_on_network, project_paths

BAD_INPUT = 2
INTERRUPTED = 130
_SHOWN_EXAMPLE = "digits-cnn"
_OVERRIDES = {"epochs": "epochs", "limit_steps": "limit_steps", "seed": "seed", "device": "device"}


class UsageError(LoomError):
    """The command line cannot be understood or carried out."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}. Try: {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 done, 1 it did not work out, 2 bad input, 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if not words or (words[0] not in _COMMANDS and not words[0].startswith("-")):
            return _open_window(words)
        arguments = _parser().parse_args(words)
        return _run(arguments)
    except (LoomError, UnicodeDecodeError) as error:
        _say(f"layerloom: {error}")
        return BAD_INPUT
    except KeyboardInterrupt:
        _say("layerloom: interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # who read us is gone; say nothing more
        return 1


def _run(arguments: argparse.Namespace) -> int:
    try:
        status: int = arguments.run(arguments)
    except SystemExit:
        raise UsageError("Python code of this project asked to end the program. Take that out of the code.") from None
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="layerloom",
        description="Draw a neural network, train it, watch it learn, and take the code away.",
        epilog="Without a command it opens the window: layerloom [FILE]. "
        "FILE is a .loom file or the name of an example, such as digits-cnn.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"layerloom {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)

    train = commands.add_parser("train", help="train a project", allow_abbrev=False)
    train.add_argument("file", metavar="FILE", help="a .loom file or the name of an example")
    train.add_argument("--epochs", type=int, metavar="N", help="how often it sees all training samples")
    train.add_argument("--limit-steps", type=int, metavar="N", help="stop after so many steps")
    train.add_argument("--seed", type=int, metavar="N", help="the start of all random numbers")
    train.add_argument("--device", metavar="D", help="auto, cpu, cuda or cuda:1")
    train.add_argument("--data", metavar="PATH", help="the file or folder to learn from, for sources that read one")
    train.add_argument("--run-dir", type=Path, metavar="DIR", help="the run folder to make (default: beside FILE)")
    add_trust(train)
    train.add_argument("--json", action="store_true", help="the last line of stdout is one JSON object")
    train.set_defaults(run=_train)

    resume = commands.add_parser("resume", help="go on with a run from its last checkpoint", allow_abbrev=False)
    resume.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    resume.add_argument("--json", action="store_true", help="the last line of stdout is one JSON object")
    add_trust(resume)
    resume.set_defaults(run=_resume)

    check = commands.add_parser("check", help="list the problems of a project", allow_abbrev=False)
    check.add_argument("file", metavar="FILE")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    add_trust(check)
    check.set_defaults(run=_check)

    export = commands.add_parser("export", help="write model.py and train.py, or a trained network", allow_abbrev=False)
    export.add_argument("file", metavar="FILE")
    export.add_argument("--to", type=Path, required=True, metavar="DIR", help="the folder to write into")
    export.add_argument("--weights", type=Path, metavar="RUN_DIR", help="add the weights that this run kept")
    export.add_argument("--force", action="store_true", help="overwrite files that are there")
    export.add_argument(
        "--format",
        choices=("code", *FILES),
        default="code",
        help="the code, or the trained network of a run: FILE is then its folder",
    )
    export.add_argument("--network", metavar="NAME", help="which network, of several that were trained together")
    export.add_argument("--average", action="store_true", help="with the average of its weights, where one was kept")
    shares = export.add_mutually_exclusive_group()
    shares.add_argument("--single-file", action="store_true", help="the network and its training in one file")
    shares.add_argument("--package", action="store_true", help="a package of both that says how to run it")
    export.add_argument("--name", help="what the one file or the package is called")
    export.add_argument("--no-type-hints", action="store_true", help="write the code without type hints")
    export.add_argument("--no-comments", action="store_true", help="write it without comments, docstrings in short")
    add_trust(export)
    export.set_defaults(run=_export)

    add_attack(commands)

    ops = commands.add_parser("ops", help="list the layers and functions", allow_abbrev=False)
    ops.add_argument("--json", action="store_true", help="print one JSON object")
    ops.set_defaults(run=_ops)
    return parser


_COMMANDS = frozenset({"train", "resume", "check", "export", "attack", "ops"})


# The window.


def _open_window(words: list[str]) -> int:
    if len(words) > 1:
        raise UsageError(f"{words[0]!r} is not a command. Try: layerloom --help")
    path = find_project(words[0]) if words else None
    if has_screen():
        from studio.app import main as open_window  # lazy: commands without a window need no Qt

        return open_window(None if path is None else str(path))
    if path is not None:
        raise UsageError(f"No screen was found, so the window cannot open. Train it here: layerloom train {words[0]}")
    _say(f"No screen was found, so the window cannot open. Training the example {_SHOWN_EXAMPLE} without it instead.")
    return main(["train", _SHOWN_EXAMPLE])


def has_screen() -> bool:
    """Whether a window can be shown: other systems than Linux always say yes."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


# Commands.


def _train(arguments: argparse.Namespace) -> int:
    from runtime.rundir import create_run, runs_root  # lazy: faster help

    path = find_project(arguments.file)
    project = read(path)
    if arguments.data is None:
        _refuse_network(project, path)
    trusted = token_for(project, path, trust=arguments.trust)
    _override(project, arguments)
    root = runs_root(path if not _is_example(path) else runs_root(None).with_name(path.name))
    had_folder = arguments.run_dir is not None and arguments.run_dir.exists()
    run = create_run(root, dump(project), run_dir=arguments.run_dir, base=path.absolute().parent)
    return _drive(run, resume=False, as_json=arguments.json, keep_folder=had_folder, trusted=trusted)


def _resume(arguments: argparse.Namespace) -> int:
    from runtime.rundir import open_run

    run = open_run(arguments.run_dir)
    path = run.path / "project.loom"
    trusted = token_for(read(path), path, trust=arguments.trust)  # a damaged one is said before anything is written
    summary = run.summary()
    if summary.state == "finished":
        raise UsageError(f"{arguments.run_dir} is finished: {summary.step} steps. Train again for another run.")
    return _drive(run, resume=True, as_json=arguments.json, trusted=trusted)


def _drive(run: Any, *, resume: bool, as_json: bool, trusted: str, keep_folder: bool = False) -> int:
    from runtime.progress import Progress, duration, number

    progress = Progress(f"Run folder: {run.path}")
    ended, was_interrupted = _train_here(run, progress.take, resume=resume, trusted=trusted)
    progress.clear()
    reason = ended["reason"]
    if ended.get("bad_input"):
        if not resume:
            _forget(run, keep_folder=keep_folder)
        raise UsageError(str(ended["message"]))
    if ended.get("message") and not progress.has_started:
        _say(f"layerloom: {ended['message']}")
    if reason == "failed":
        return 1
    if reason == "stopped" or (was_interrupted and reason != "completed"):
        progress.line(
            f"Stopped at step {ended['steps']}; a checkpoint is kept. Go on with: layerloom resume {run.path}"
        )
    if as_json:
        _answer(_result(run, ended))
    elif ended["goal"]:
        goal = ended["goal"]
        words = {"completed": "Done", "early_stopping": "Stopped early, as it no longer improved"}.get(
            reason, "Stopped"
        )
        progress.line(f"{words}: {ended['epochs']} epochs, {ended['steps']} steps in {duration(ended['seconds'])}.")
        apart = ended.get("losses") or {} if goal["split"] == "train" else {}
        told = apart or {goal["name"]: goal["value"]}
        figures = ", ".join(f"{name} {number(value)}" for name, value in told.items())
        progress.line(f"{goal['split']} {figures}")
        if ended["test"]:
            progress.line("test " + ", ".join(f"{name} {number(value)}" for name, value in ended["test"].items()))
        progress.line(f"weights_sha256 {ended['weights_sha256']}")
        progress.line(f"Everything is in {run.path}")
    if was_interrupted and reason == "stopped":
        return INTERRUPTED
    return 0 if reason in ("completed", "early_stopping", "stopped") else 1


def _forget(run: Any, *, keep_folder: bool) -> None:
    """Leave nothing of a run that could not begin."""
    run.delete()
    if keep_folder:
        run.path.mkdir()
    elif run.path.parent.suffix == ".runs":
        with contextlib.suppress(OSError):  # other runs lie there
            run.path.parent.rmdir()


def _train_here(
    run: Any, watch: Callable[[dict[str, Any]], None], *, resume: bool, trusted: str
) -> tuple[dict[str, Any], bool]:
    import signal

    from runtime.worker import run_training

    pressed: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    def listen(control: Any) -> None:
        def on_interrupt(*_: object) -> None:
            pressed.append(1)
            if len(pressed) > 1:
                signal.signal(signal.SIGINT, signal.default_int_handler)
                raise KeyboardInterrupt
            control.put("stop")

        signal.signal(signal.SIGINT, on_interrupt)

    try:
        ended = run_training(
            run, resume=resume, on_record=watch, on_control=listen, retry_when_full=True, trusted=trusted
        )
    finally:
        signal.signal(signal.SIGINT, before)
    return ended, bool(pressed)


def _check(arguments: argparse.Namespace) -> int:
    from runtime.analysis import Analyser

    path = find_project(arguments.file)
    project = read(path)
    _refuse_network(project, path)
    text, base = dump(project), path.absolute().parent
    analyser = Analyser(lambda _: None)
    trusted = fingerprint(project) if arguments.trust else ""
    with contextlib.redirect_stdout(sys.stderr):  # what a person's Python prints is no answer
        problems = analyser.analyse(0, text, base, trusted=trusted).problems
    notes: tuple[str, ...] = ()
    if not any(problem.section == "data" for problem in problems):
        report = analyser.describe(0, text, base)
        problems, notes = (*problems, *report.problems), report.notes
    has_error = any(problem.severity == "error" for problem in problems)
    if arguments.json:
        _answer(
            {
                "file": str(path),
                "ok": not has_error,
                "problems": [problem.to_json() for problem in problems],
                "notes": notes,
            }
        )
        return int(has_error)
    for problem in problems:
        _answer(f"{problem.severity}: {problem.message}")
    for note in notes:
        _answer(f"note: {note}")
    if not problems:
        _answer(f"Nothing is wrong with {path.name}.")
    return int(has_error)


def _export(arguments: argparse.Namespace) -> int:
    if arguments.format == "code":
        if arguments.network or arguments.average:
            raise UsageError("--network and --average choose a trained network: name a --format too, such as onnx.")
        return _export_code(arguments)
    for name in ("single_file", "package", "name", "no_type_hints", "no_comments"):
        if getattr(arguments, name):
            raise UsageError(f"--{name.replace('_', '-')} is about code: leave it out of --format {arguments.format}.")
    return _export_network(arguments)


def _export_network(arguments: argparse.Namespace) -> int:
    from runtime.rundir import open_run  # lazy: what is wrong with the words is said before torch is loaded

    given = Path(arguments.file)
    run = open_run(given.parent if given.name == "project.loom" else given)
    from runtime.conversion import convert

    path = run.path / "project.loom"
    made = convert(
        run,
        arguments.format,
        network=arguments.network or "",
        is_average=arguments.average,
        trusted=token_for(read(path), path, trust=arguments.trust),
    )
    for remark in made.remarks:
        _say(f"{'problem' if remark.is_problem else 'note'}: {remark.text}")
    if not made.is_ready:
        return 1
    for written in made.write(arguments.to, force=arguments.force):
        _answer(str(written))
    if made.difference is not None:
        _say(f"Loaded again and compared with torch: answers differ by {made.difference:.1e} at most.")
    return 0


def _export_code(arguments: argparse.Namespace) -> int:
    from runtime.exporter import export
    from runtime.rundir import RunDir, open_run

    path = find_project(arguments.file)
    weights = open_run(arguments.weights) if arguments.weights is not None else None
    project = read(path)
    if path.name != "project.loom":  # a run has read its data already
        _refuse_network(project, path)
    text = path.read_text(encoding="utf-8")
    base = path.absolute().parent
    begun = RunDir(base).settings() if path.name == "project.loom" else None
    form = _code_form(arguments, project, path)
    trusted = token_for(project, path, trust=arguments.trust)
    force = arguments.force
    with contextlib.redirect_stdout(sys.stderr):  # what a person's Python prints is no answer
        files = export(text, base, arguments.to, weights=weights, force=force, begun=begun, form=form, trusted=trusted)
    for written in files:
        _answer(str(written))
    return 0


def _code_form(arguments: argparse.Namespace, project: Project, path: Path) -> CodeForm:
    is_run = path.name == "project.loom"  # it is called as all of them
    title = arguments.name or (project.main().name if is_run else path.stem)
    layout: Layout = "single" if arguments.single_file else "package" if arguments.package else "files"
    style = CodeStyle(hints=not arguments.no_type_hints, comments=not arguments.no_comments)
    return CodeForm(style=style, layout=layout, name=module_name(title))


def _ops(arguments: argparse.Namespace) -> int:
    catalog = load_catalog()
    specs = [spec for group in catalog.groups for spec in catalog.ops.values() if spec.group == group]
    if not arguments.json:
        for spec in specs:
            _answer(f"{spec.key:24} {spec.group:16} {spec.doc}")
        return 0
    rows = [
        {
            "key": spec.key,
            "title": spec.title,
            "group": spec.group,
            "target": spec.target,
            "doc": spec.doc,
            "inputs": [port.name for port in spec.inputs],
            "outputs": [port.name for port in spec.outputs],
            "params": [param.name for param in spec.params],
        }
        for spec in specs
    ]
    _answer({"ops": rows})
    return 0


# Projects.


def find_project(name: str) -> Path:
    """The project file of that path, or the example of that name; UsageError when there is neither."""
    path = Path(name)
    if os.path.isfile(name):
        return path
    if os.path.isdir(name):
        inside = path / "project.loom"
        if inside.is_file():
            return inside
        raise UsageError(f"{name} is a folder; name a .loom file.")
    example = _examples() / f"{path.name.removesuffix('.loom')}.loom"
    if os.sep not in name and os.path.isfile(example):
        return example
    known = ", ".join(sorted(file.stem for file in _examples().glob("*.loom")))
    raise UsageError(f"There is no file {name[:200]}. Examples that can be named: {known}.")


def _refuse_network(project: Project, path: Path) -> None:
    """Naming a project is leave to read the files that it names, but not to call another machine."""
    places = project_paths(project, path.absolute().parent)
    for place in filter(is_on_network, places):
        raise UsageError(f"{path} reads {place}, on another machine. To agree, name it: layerloom train --data {place}")


def _examples() -> Path:
    import examples  # lazy: only names that are no file need it

    return Path(str(importlib.resources.files(examples)))


def _is_example(path: Path) -> bool:
    return path.absolute().parent == _examples().absolute()


def _override(project: Project, arguments: argparse.Namespace) -> None:
    from runtime.settings import param_problem

    catalog = load_catalog()
    edits = []
    for name, key in _OVERRIDES.items():
        value: Value = getattr(arguments, name)
        if value is None:
            continue
        wrong = param_problem(catalog, key, value)
        if wrong is not None:
            raise UsageError(f"--{name.replace('_', '-')}: {wrong}")
        edits.append(SetSetting(section="training", key=key, value=value))
    if arguments.data is not None:
        source = project.data.get("source", "")
        data = os.path.abspath(os.path.expanduser(arguments.data))
        edits.append(SetSetting(section="data", key=f"{source}.path", value=data))
    Batch(edits=tuple(edits)).apply(project)


def _result(run: Any, ended: dict[str, Any]) -> dict[str, Any]:
    from runtime.journal import plain

    names = ("reason", "epochs", "steps", "goal", "test", "weights_sha256", "seconds", "best_epoch")
    return {"run_dir": str(run.path), **{name: plain(ended.get(name)) for name in names}}


def _version() -> str:
    try:
        return importlib.metadata.version("layerloom")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _answer(value: object) -> None:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, allow_nan=False)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
