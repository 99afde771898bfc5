"""Real runs of the examples for tests of what is shown of them: trained by one process, which has torch."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from graph.files import dump, read
from graph.ops.spec import Value
from runtime.rundir import RunDir, create_run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_SCRIPT = """
import sys
from pathlib import Path
from runtime.rundir import RunDir
from runtime.worker import run_training
for path in sys.argv[1:]:
    run_training(RunDir(Path(path)))
"""


def trained(root: Path, examples: Mapping[str, Mapping[str, Value]]) -> dict[str, RunDir]:
    """A run of each of these examples, with these settings of training."""
    runs = {}
    for name, training in examples.items():
        project = read(EXAMPLES / f"{name}.loom")
        project.training.update({"threads": 1, **training})
        runs[name] = create_run(root / f"{name}.runs", dump(project), base=EXAMPLES)
    command = [sys.executable, "-P", "-c", _SCRIPT, *(str(run.path) for run in runs.values())]
    subprocess.run(command, check=True, cwd=EXAMPLES.parent, capture_output=True)
    for run in runs.values():
        assert json.dumps(run.events()[-1]).count("finished"), run.log()
    return runs
