"""Rows of what only the drawing of a training step can hold: its ends, gradients, attacks, noise and schedules."""

from __future__ import annotations

from typing import Any, Final

from graph.attack_code import OF_STEP
from graph.ops import optimizers, schedulers
from graph.ops.row import Changes, OpRow
from graph.ops.spec import MISSING, PortSpec

GROUP: Final = "Training step"
_EPSILON: dict[str, Any] = {
    "type": "float",
    "default": 0.1,
    "minimum": 0,
    "label": "Epsilon",
    "doc": "How far each number may be moved, in the unit in which it arrives.",
}
_REFUSED = {"closure", "sparse gradients", "matrices"}
_OPTIMIZERS: Final = tuple(row.key for row in optimizers.ROWS if not _REFUSED & set(row.needs))
_SCHEDULERS: Final = tuple(row.key for row in schedulers.ROWS)
_BOUNDS: Changes = {
    "low": {"type": "float", "default": None, "optional": True, "label": "Lowest", "none_word": "no limit"}
    | {"doc": "No number becomes less than this, such as 0 for pixels."},
    "high": {"type": "float", "default": None, "optional": True, "label": "Highest", "none_word": "no limit"}
    | {"doc": "No number becomes more than this, such as 1 for pixels."},
}
_NETWORK: dict[str, Any] = {
    "type": "str",
    "default": MISSING,
    "label": "Network",
    "doc": "The network that is attacked: it takes the input and answers scores.",
}
_ATTACKED: Final = (PortSpec(name="input", label="Input"), PortSpec(name="label", label="Label", optional=True))
_AIM: Changes = {
    "error": {"type": "choice", "choices": ("surprise at the label", OF_STEP), "default": "surprise at the label"}
    | {"label": "Makes larger"}
    | {"doc": "What is made larger: the cross-entropy of the scores, or the whole loss that this drawing minimises."},
    "by_data": {"type": "bool", "default": False, "label": "By the data"}
    | {
        "doc": "Counts in the unit of the data, or in shares of the range of columns that are scaled one by one, and "
        "stays within what the training samples hold, in place of the bounds above."
    },
}


def _row(key: str, title: str, stem: str, doc: str, words: str, changes: Changes, **more: Any) -> OpRow:
    said: dict[str, Any] = {"style": "step", "icon": "array", "target": key, "initial": {}, **more}
    return OpRow(
        key=key,
        title=title,
        group=GROUP,
        stem=stem,
        doc=doc,
        take=tuple(changes),
        changes=changes,
        samples=(),
        words=words,
        **said,
    )


ROWS: tuple[OpRow, ...] = (
    _row(
        "Minimise",
        "Minimise",
        "loss",
        "The end of a training step: one number that the weights of some networks are to make smaller.",
        "loss objective optimizer train goal end minimize",
        {
            "networks": {"type": "words", "default": (), "label": "Networks", "none_word": "all called"}
            | {"doc": "Whose weights are adjusted; empty is all networks that are called here."},
            "weight": {"type": "float", "default": 1.0, "minimum": None, "label": "Weight"}
            | {"doc": "By what the number is multiplied before it is made smaller."},
            "every": {"type": "int", "default": 1, "minimum": 1, "label": "Every", "advanced": True}
            | {"doc": "Is run at each step, or only at every second, third, ... one."},
            "first_step": {"type": "int", "default": 0, "minimum": 0, "label": "From step", "advanced": True}
            | {"doc": "Is not run before this step of the training; the first of all is step 0."},
            "last_step": {"type": "int", "default": None, "optional": True, "minimum": 0, "label": "To step"}
            | {"advanced": True, "none_word": "the end", "doc": "Is not run after this step of the training."},
            "optimizer": {"type": "choice", "choices": ("", *_OPTIMIZERS), "default": "", "label": "Optimizer"}
            | {"none_word": "as the panel", "doc": "How the weights are adjusted; empty is as in the training panel."},
            "lr": {"type": "float", "default": None, "optional": True, "minimum": 0, "label": "Learning rate"}
            | {"none_word": "as the panel", "doc": "How large the steps are; empty is as in the training panel."},
            "scheduler": {"type": "choice", "choices": ("", "none", *_SCHEDULERS), "default": "", "label": "Schedule"}
            | {"none_word": "as the panel", "doc": "How the learning rate changes; empty is as in the training panel."},
            "clip_norm": {"type": "float", "default": 0.0, "minimum": 0, "label": "Clip gradients", "advanced": True}
            | {"doc": "Shortens all gradients together to this length at most; 0 leaves them."},
        },
        style="end",
        key_params=("networks", "optimizer"),
        inputs=(PortSpec(name="input", label="Loss"),),
        outputs=(),
        icon="output",
    ),
    _row(
        "LogValue",
        "Log value",
        "shown",
        "A number that is told at every step and drawn as a curve, by the name of the node.",
        "metric curve show print monitor",
        {},
        style="end",
        inputs=(PortSpec(name="input", label="Number"),),
        outputs=(),
        icon="output",
    ),
    _row(
        "Assign",
        "Set weights",
        "start",
        "Writes what arrives into a parameter of a network, once; such as centres that another method found.",
        "assign write put copy initialise centres k-means start parameter buffer",
        {
            "network": _NETWORK | {"doc": "The network whose parameter is set."},
            "parameter": {"type": "str", "default": MISSING, "label": "Parameter"}
            | {"doc": "The path of the parameter or buffer in its network, such as centres or linear.weight."},
            "at_step": {"type": "int", "default": 0, "minimum": 0, "label": "At step"}
            | {"doc": "Before which step of the training it is set; the first of all is step 0."},
            "from_all": {"type": "bool", "default": False, "label": "From all samples"}
            | {"doc": "Whether all training samples go in at once, in place of the batch of that step."},
        },
        style="end",
        key_params=("network", "parameter"),
        outputs=(),
        icon="output",
    ),
    _row(
        "ShowPictures",
        "Show pictures",
        "pictures",
        "Pictures that the results show while it trains, seen to grow; the training itself does not run them.",
        "look watch image samples grid results generated interpolation display",
        {
            "low": {"type": "float", "default": 0.0, "label": "Black", "doc": "The number that is drawn black."},
            "high": {"type": "float", "default": 1.0, "label": "White"}
            | {"doc": "The number that is drawn white, or in full colour."},
            "count": {"type": "int", "default": 36, "minimum": 1, "maximum": 64, "label": "Pictures"}
            | {"doc": "How many are kept, at most."},
            "across": {"type": "int", "default": None, "optional": True, "minimum": 1, "label": "In a row"}
            | {"none_word": "as many as fit", "doc": "How many stand side by side before the next row begins."},
            "as_slider": {"type": "bool", "default": False, "label": "One at a time"}
            | {"doc": "Shows one, and a slider to go through them; for ways from one sample to another."},
        },
        style="end",
        key_params=("count",),
        inputs=(PortSpec(name="input", label="Pictures"),),
        outputs=(),
        icon="output",
    ),
    _row(
        "ShowPoints",
        "Show points",
        "points",
        "Points that the results show while it trains, in the colours of their labels; the training does not run them.",
        "look watch scatter embedding latent plane cluster results display",
        {
            "trace": {"type": "bool", "default": False, "label": "Draw the ways"}
            | {"doc": "Draws the way that each point took since the training began."},
            "names": {"type": "words", "default": (), "label": "Names", "none_word": "as the classes of the data"}
            | {"doc": "What the labels 0, 1, 2, ... are called beside the points."},
        },
        style="end",
        inputs=(PortSpec(name="points", label="Points"), PortSpec(name="label", label="Labels", optional=True)),
        outputs=(),
        icon="output",
    ),
    _row(
        "Gradient",
        "Gradient",
        "gradient",
        "How a number changes with a tensor, for attacks and penalties.",
        "derivative penalty fgsm pgd saliency backward autograd wasserstein",
        {
            "create_graph": {"type": "bool", "default": False, "label": "Learn through it"}
            | {"doc": "Whether the gradient itself can be learned through, as a gradient penalty needs it."}
        },
        target="gradient",
        inputs=(PortSpec(name="number", label="Number"), PortSpec(name="tensor", label="Tensor")),
        unpack=("output",),
    ),
    _row(
        "track",
        "Track",
        "tracked",
        "The same numbers as the start of a path along which gradients are found.",
        "requires_grad leaf gradient input attack",
        {},
        target="track",
        face="pill",
    ),
    _row(
        "noise",
        "Noise",
        "noise",
        "Random numbers of a normal distribution for each sample of the batch that arrives.",
        "random latent code generator gan gaussian normal randn",
        {
            "shape": {"type": "ints", "minimum": 1, "label": "Shape"}
            | {"doc": "How many numbers each sample gets, without the samples themselves."}
        },
        target="noise",
        key_params=("shape",),
        initial={"shape": (16,)},
        inputs=(PortSpec(name="input", label="Batch"),),
        icon="shuffle",
    ),
    _row(
        "numbers",
        "Numbers",
        "numbers",
        "Numbers that stay the same in all steps, such as how much each class counts.",
        "constant fixed list class weights balance tensor imbalance",
        {
            "numbers": {"type": "floats", "default": MISSING, "label": "Numbers"}
            | {"doc": "The numbers in their order, such as one for each class."}
        },
        key_params=("numbers",),
        initial={"numbers": (1.0, 1.0)},
        inputs=(PortSpec(name="input", label="Beside"),),
    ),
    _row(
        "ramp",
        "Ramp",
        "ramp",
        "A number that goes from one value to another over the first steps, and then stays.",
        "schedule warmup anneal weight step linear",
        {
            "start": {"type": "float", "default": 0.0, "label": "From", "doc": "The number at the first step."},
            "end": {"type": "float", "default": 1.0, "label": "To", "doc": "The number after the last of the steps."},
            "steps": {"type": "int", "default": 1000, "minimum": 1, "label": "Steps", "doc": "How long it takes."},
        },
        key_params=("start", "end", "steps"),
        inputs=(),
    ),
    _row(
        "FGSM",
        "FGSM",
        "attacked",
        "Moves each number by epsilon in the direction that misleads a network most (Goodfellow et al. 2015).",
        "adversarial attack fast gradient sign robust",
        {"network": _NETWORK, "epsilon": _EPSILON, **_BOUNDS, **_AIM},
        target="misled_by_fgsm",
        key_params=("network", "epsilon"),
        inputs=_ATTACKED,
    ),
    _row(
        "PGD",
        "PGD",
        "attacked",
        "Looks in small steps, from a random start, for what misleads a network most (Madry et al. 2018).",
        "adversarial attack projected gradient descent robust",
        {
            "network": _NETWORK,
            "epsilon": _EPSILON,
            "step_size": {"type": "float", "default": 0.02, "minimum": 0, "label": "Step size"}
            | {"doc": "How far each step goes. 0: 2.5 epsilon divided by the steps."},
            "steps": {"type": "int", "default": 7, "minimum": 1, "maximum": 1000, "label": "Steps"}
            | {"doc": "How many steps are taken."},
            **_BOUNDS,
            **_AIM,
        },
        target="misled_by_pgd",
        key_params=("network", "epsilon", "steps"),
        inputs=_ATTACKED,
    ),
    _row(
        "Denoise",
        "Draw by denoising",
        "drawn",
        "Makes samples of noise step by step, by a network that learned velocities (Song et al. 2021).",
        "diffusion ddim ddpm sample generate reverse denoiser",
        {
            "network": _NETWORK
            | {"doc": "The network that takes noised samples and their times, in this order, and answers velocities."},
            "steps": {"type": "int", "default": 25, "minimum": 1, "maximum": 1000, "label": "Steps"}
            | {"doc": "In how many steps the noise goes."},
            "average": {"type": "float", "default": 0.0, "minimum": 0, "maximum": 0.99999, "label": "Average"}
            | {"doc": "Above 0, a copy of the network draws whose weights follow it: so much of the old is kept."},
        },
        target="drawn_by_denoising",
        key_params=("network", "steps"),
        inputs=(PortSpec(name="input", label="Noise"),),
        icon="made-up",
    ),
)
