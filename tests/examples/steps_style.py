"""Examples of what happens inside while something learns, and of a picture that is learned in place of a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drawing import Part, add, note, part
from graph.model import Project
from graph.ops.spec import Value

RULES: Mapping[str, Mapping[str, Value]] = {
    "gradient_descent": {"optimizer": "SGD", "lr": 0.9},
    "stochastic": {"optimizer": "SGD", "lr": 0.3},
    "momentum": {"optimizer": "SGD", "lr": 0.2, "optimizer.momentum": 0.9},
    "adagrad": {"optimizer": "Adagrad", "lr": 0.5},
    "rmsprop": {"optimizer": "RMSprop", "lr": 0.03},
    "adam": {"optimizer": "Adam", "lr": 0.1},
}
"""Six ways down the same slope, by the name of the network that takes it."""


def optimizers_compared() -> Project:
    """One valley, long and narrow, and six ways down to its lowest point."""
    data: dict[str, Value] = {"source": "function", "function.shape": "line", "scale.targets": "none"}
    project = Project(data=data, view={"main": "gradient_descent"})
    project.training.update({"epochs": 300, "batch_size": 0, "early_stopping": False, "keep_best": False, "threads": 1})
    for name in RULES:
        add(
            project,
            name,
            {
                "x": part("Input", field="x"),
                "small": part("mul_number", other=0.25),
                "steepness": part("parameter", shape=(1, 1), fill="number", value=-2.0),
                "height": part("parameter", shape=(1, 1), fill="number", value=2.0),
                "risen": part("mul"),
                "line": part("add"),
                "flat": part("squeeze", dim=1),
                "answer": part("Output"),
                "pair": part("cat", dim=1),
                "place": part("Output"),
            },
            "x > small > risen > line > flat > answer",
            "steepness > risen",
            "height > line",
            "steepness > pair.tensors.0",
            "height > pair.tensors.1",
            "pair > place",
        )
    for order, (name, said) in enumerate(RULES.items()):
        is_sliced = name == "stochastic"
        add(
            project,
            f"by_{name}",
            {
                "x": part("Input", field="x"),
                "y": part("Input", field="y"),
                "found": part(f"call:{name}"),
                "off": part("sub"),
                "squared": part("square"),
                **({"slice": part("Dropout", p=0.95)} if is_sliced else {}),
                "mean": part("mean"),
                "loss": part("Minimise", networks=(name,), **said),
            },
            "x > found",
            "found.answer > off.input",
            "y > off.other",
            f"off > squared > {'slice > ' if is_sliced else ''}mean > loss",
            order=order,
        )
    _ways(project)
    note(
        project,
        "gradient_descent",
        "A line of two numbers. All six begin at the same two and want the same line. The valley is 48 times as steep "
        "across as along: watch who jumps from side to side, and who moves along. Compare the six curves.",
    )
    note(
        project,
        "by_stochastic",
        "The slice leaves 95 % of the samples out at each step and lets the rest count 20 times: right on average, "
        "cheap, and restless. Lower the rate in Minimise, and it calms down.",
    )
    return project


def _ways(project: Project) -> None:
    parts: dict[str, Part] = {"x": part("Input", field="x"), "places": part("cat", dim=0)}
    chains = []
    for at, name in enumerate(RULES):
        parts[name] = part(f"call:{name}")
        chains += [f"x > {name}", f"{name}.place > places.tensors.{at}"]
    parts |= {
        "first": part("select", dim=1, index=0),
        "zeros": part("mul_number", other=0.0),
        "ones": part("add_number", other=1.0),
        "counted": part("cumsum", dim=0),
        "number": part("add_number", other=-1.0),
        "which": part("long"),
        "ways": part("ShowPoints", trace=True, names=tuple(name.replace("_", " ") for name in RULES)),
    }
    numbered = "places > first > zeros > ones > counted > number > which > ways.label"
    add(project, "ways", parts, *chains, "places > ways.points", numbered, order=len(RULES))
    note(
        project,
        "ways",
        "The way that each of the six takes: steepness to the right, height upwards. The lowest point is at 3.2 and 0.",
    )


FITS: Mapping[str, tuple[int, Mapping[str, Value]]] = {
    "too_small": (0, {}),
    "too_large": (64, {}),
    "stopped_early": (64, {"last_step": 119}),
    "weights_kept_small": (64, {"optimizer.weight_decay": 0.003}),
    "few_weights": (64, {}),
    "with_dropout": (64, {}),
}
"""Networks that learn from the same few samples: how wide they are, and what their optimizer does besides."""


LASSO = 0.001
"""What each weight of few_weights costs, by its size."""


def _few_weights(project: Project) -> None:
    """The large network again, with its weights in sight, so that what they cost can be drawn."""
    parts = {
        "x": part("Input", field="x"),
        "first": part("parameter", shape=(1, 64), fill="normal", std=0.6),
        "wide": part("mul"),
        "shift1": part("parameter", shape=(64,), fill="normal", std=0.6),
        "moved1": part("add"),
        "tanh1": part("Tanh"),
        "inner": part("parameter", shape=(64, 64), fill="normal", std=0.07),
        "mixed": part("matmul"),
        "shift2": part("parameter", shape=(64,), fill="normal", std=0.07),
        "moved2": part("add"),
        "tanh2": part("Tanh"),
        "last": part("parameter", shape=(1, 64), fill="normal", std=0.07),
        "each": part("mul"),
        "answer": part("sum", dim=1),
        "y": part("Output"),
        "all": part("cat", dim=0),
        "weights": part("Output"),
    }
    add(
        project,
        "few_weights",
        parts,
        "x > wide > moved1 > tanh1 > mixed > moved2 > tanh2 > each > answer > y",
        "first > wide",
        "shift1 > moved1",
        "inner > mixed",
        "shift2 > moved2",
        "last > each",
        "first > all > weights",
        "inner > all",
        "last > all",
    )


def _fitting(project: Project, name: str, width: int) -> None:
    if name == "few_weights":
        _few_weights(project)
        return
    drop = {f"drop{number}": part("Dropout", p=0.15) for number in (1, 2)} if name == "with_dropout" else {}
    inner: dict[str, Part] = {}
    for number in (1, 2) if width else ():
        inner[f"hidden{number}"] = part("Linear", out_features=width)
        inner[f"tanh{number}"] = part("Tanh")
        inner |= {key: one for key, one in drop.items() if key.endswith(str(number))}
    parts = {
        "x": part("Input", field="x"),
        **inner,
        "linear": part("Linear", out_features=1),
        "answer": part("squeeze", dim=1),
        "y": part("Output"),
    }
    add(project, name, parts, " > ".join(parts))


def over_and_under_fitting() -> Project:
    """Six networks learn from the same 14 noisy samples, and others that none of them learns from say how well."""
    project = Project(
        data={
            "source": "function",
            "function.samples": 14,
            "split.validation": 0.0,
            "split.test": 0.0,
            "function.noise": 0.3,
            "scale.targets": "none",
            "second.source": "function",
            "second.function.samples": 200,
            "second.function.noise": 0.3,
            "second.function.seed": 1,
        },
        view={"main": "too_large"},
    )
    project.training.update({"epochs": 1000, "batch_size": 0, "early_stopping": False, "keep_best": False})
    for name, (width, _) in FITS.items():
        _fitting(project, name, width)
    for order, (name, (_, said)) in enumerate(FITS.items()):
        measured = {f"{which}_{word}": part(op) for which in ("seen", "new") for word, op in _ERROR.items()}
        parts = {
            "x": part("Input", field="x"),
            "y": part("Input", field="y"),
            "new_x": part("Input", field="second_x"),
            "new_y": part("Input", field="second_y"),
            "seen": part(f"call:{name}"),
            "new": part(f"call:{name}", mode="eval", detached=True),
            **measured,
            "loss": part("Minimise", networks=(name,), optimizer="Adam", lr=0.005, **said),
            f"{name}_on_new": part("LogValue"),
        }
        towards = "loss"
        if name == "few_weights":
            parts |= {"sizes": part("abs"), "size": part("sum"), "cost": part("mul_number", other=LASSO)}
            parts["with_cost"] = part("add")
            towards = "with_cost > loss"
        add(
            project,
            f"fit_{name}",
            parts,
            "x > seen",
            "seen.y > seen_apart.input",
            "y > seen_apart.other",
            f"seen_apart > seen_squared > seen_mean > {towards}",
            *(["seen.weights > sizes > size > cost > with_cost"] if name == "few_weights" else []),
            "new_x > new",
            "new.y > new_apart.input",
            "new_y > new_apart.other",
            f"new_apart > new_squared > new_mean > {name}_on_new",
            order=order,
        )
    _curves(project)
    note(
        project,
        "too_large",
        "Six networks learn from the same 14 noisy samples; 200 new ones teach nobody and only judge. A straight line "
        "is too small for both. A large network gets its 14 right and the new ones wrong, unless it stops early: "
        "after 120 steps, where it is best on new ones. Small weights (weight decay, L2), few weights (L1: their "
        "sizes are added to the loss) and dropout help.\nTry: 200 samples, in the Data panel.",
    )
    note(
        project,
        "curves",
        "What each network answers, with the samples that they learn from. Watch how the one that is too large bends "
        "through each of them.",
    )
    return project


_ERROR = {"apart": "sub", "squared": "square", "mean": "mean"}


def _curves(project: Project) -> None:
    """What each network answers all along, to be seen."""
    parts: dict[str, Part] = {
        "x": part("Input", field="x"),
        "y": part("Input", field="y"),
        "new_x": part("Input", field="second_x"),
        "height": part("unsqueeze", dim=1),
        "samples": part("cat", dim=1),
        "all": part("cat", dim=0),
    }
    chains = ["x > samples.tensors.0", "y > height > samples.tensors.1", "samples > all.tensors.0"]
    parts |= {"none": part("mul_number", other=0.0), "last": part("add_number", other=float(len(FITS)))}
    parts |= {"numbers": part("cat", dim=0), "which": part("long")}
    chains += ["y > none > last > numbers.tensors.0", "numbers > which > curves.label"]
    for at, name in enumerate(FITS):
        parts |= {name: part(f"call:{name}"), f"{name}_height": part("unsqueeze", dim=1)}
        parts[f"{name}_curve"] = part("cat", dim=1)
        parts |= {f"{name}_none": part("mul_number", other=0.0), f"{name}_number": part("add_number", other=float(at))}
        chains += [
            f"new_x > {name}",
            f"{name}.y > {name}_height > {name}_curve.tensors.1",
            f"new_x > {name}_curve.tensors.0",
            f"{name}_curve > all.tensors.{at + 1}",
            f"{name}.y > {name}_none > {name}_number > numbers.tensors.{at + 1}",
        ]
    parts["curves"] = part("ShowPoints", names=(*(name.replace("_", " ") for name in FITS), "samples"))
    add(project, "curves", parts, *chains, "all > curves.points", order=len(FITS))


SIZE = 96
LEVELS: Mapping[str, tuple[float, float]] = {
    "fine": (6.0, 2500.0),
    "middle": (4.0, 36000.0),
    "coarse": (3.0, 32000.0),
    "tone": (1.0, 6600.0),
}
"""What is seen at four sizes: by what it is multiplied first, and what its style counts."""


def _eyes(project: Project) -> None:
    """What differs from its neighbourhood at three sizes, and the rest, each through random filters."""
    parts: dict[str, Part] = {"image": part("Input")}
    chains, arrives = [], "image"
    for name, (gain, _) in LEVELS.items():
        is_last = name == "tone"
        blur = part("AvgPool2d", kernel_size=5, stride=1, padding=2, count_include_pad=False)
        parts |= {} if is_last else {f"{name}_blur": blur}
        parts[f"{name}_detail"] = part("add_number", other=-0.5) if is_last else part("sub")
        parts[f"{name}_clear"] = part("mul_number", other=gain)
        start: dict[str, Value] = {"@init.weight": "orthogonal_", "@init.bias": "zeros_", "@frozen": True}
        parts[f"{name}_filters"] = part("Conv2d", out_channels=48, kernel_size=7, padding="same", **start)
        parts[f"{name}_relu"], parts[name] = part("ReLU"), part("Output")
        chains.append(f"{arrives} > {name}_detail{'' if is_last else '.input'}")
        chains.append(f"{name}_detail > {name}_clear > {name}_filters > {name}_relu > {name}")
        if not is_last:
            parts[f"{name}_half"] = part("AvgPool2d", kernel_size=2)
            chains.append(f"{arrives} > {name}_blur > {name}_detail.other")
            chains.append(f"{name}_blur > {name}_half")
            arrives = f"{name}_half"
    add(project, "eyes", parts, *chains)


def style_transfer() -> Project:
    """A picture is changed until it has the content of one and the style of another (Gatys et al. 2016)."""
    project = Project(data={"source": "pictures_for_style"}, view={"main": "picture"})
    training: dict[str, Value] = {"epochs": 2, "batch_size": 1, "early_stopping": False, "keep_best": False}
    project.training.update(training)
    add(
        project,
        "picture",
        {
            "content": part("Input", field="content"),
            "change": part("parameter", shape=(1, 3, SIZE, SIZE), fill="zeros"),
            "changed": part("add"),
            "image": part("Output"),
        },
        "content > changed > image",
        "change > changed",
    )
    _eyes(project)
    parts: dict[str, Part] = {
        "content": part("Input", field="content"),
        "style": part("Input", field="style"),
        "painted": part("call:picture"),
        "seen": part("call:eyes"),
        "of_content": part("call:eyes", detached=True),
        "of_style": part("call:eyes", detached=True),
        "unlike": part("content_distance"),
        "content_loss": part("mul_number", other=15.0),
        "style_loss": part("add"),
        "rough": part("total_variation"),
        "smoothness": part("mul_number", other=0.1),
        "total": part("add"),
        "loss": part("Minimise", networks=("picture",), optimizer="Adam", lr=0.03),
        "content_curve": part("LogValue"),
        "style_curve": part("LogValue"),
        "forming": part("ShowPictures", count=1),
    }
    chains = [
        "content > painted > seen",
        "content > of_content",
        "style > of_style",
        "seen.middle > unlike.features",
        "of_content.middle > unlike.wanted",
        "unlike > content_loss > total > loss",
        "painted > rough > smoothness > total",
        "style_loss > total",
        "content_loss > content_curve",
        "style_loss > style_curve",
        "painted > forming",
    ]
    for name, (_, weight) in LEVELS.items():
        parts |= {f"{name}_style": part("style_distance"), f"{name}_weighed": part("mul_number", other=weight)}
        chains += [f"seen.{name} > {name}_style.features", f"of_style.{name} > {name}_style.wanted"]
        chains.append(f"{name}_style > {name}_weighed > style_loss")
    add(project, "paint", parts, *chains, order=0)
    note(
        project,
        "picture",
        "No network learns here but a picture: the change of each pixel, which begins at zero. For pictures of another "
        "size in the Data panel, set the shape of change too.",
    )
    note(
        project,
        "eyes",
        "Filters that nobody trained: random ones at four sizes tell textures apart well enough. With the first layers "
        "of a network that learned from photographs (load its weights), shapes of the style come over better.",
    )
    note(
        project,
        "paint",
        "Content: the same things at the same places. Style: filters that answer together do so as often (Gram "
        "matrix), wherever that is. Smoothness leaves dots out.\nTry: your pictures in the Data panel; content_loss "
        "times 100, or 2.",
    )
    return project


EXAMPLES: Mapping[str, Callable[[], Project]] = {
    "optimizers-compared": optimizers_compared,
    "over-and-under-fitting": over_and_under_fitting,
    "style-transfer": style_transfer,
}
