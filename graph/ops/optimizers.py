"""Rows of optimizers: every public one of torch.optim, with all settings."""

from __future__ import annotations

from graph.ops.row import CallableRow, Changes
from graph.ops.spec import Need


def _row(key: str, doc: str, changes: Changes | None = None, needs: tuple[Need, ...] = ()) -> CallableRow:
    return CallableRow(
        key=key, target=f"torch.optim.{key}", group="optimizer", doc=doc, changes=changes or {}, needs=needs
    )


_DECOUPLED: Changes = {
    "decoupled_weight_decay": {
        "label": "Decoupled decay",
        "doc": "Whether weight decay is kept apart from the gradient, as in AdamW.",
    }
}

ROWS: tuple[CallableRow, ...] = (
    _row("Adam", "Gives each weight its own step size; a good first choice.", _DECOUPLED),
    _row("AdamW", "Adam with weight decay done right; usual for transformers."),
    _row("SGD", "Steps against the gradient, with momentum if wanted.", {"lr": {"default": 0.01, "said": True}}),
    _row("RMSprop", "Divides steps by the recent size of the gradient.", {"alpha": {"maximum": 1}}),
    _row("NAdam", "Adam that looks ahead with Nesterov momentum.", _DECOUPLED),
    _row("RAdam", "Adam that begins carefully until it knows the gradients.", _DECOUPLED),
    _row("Adamax", "Adam that divides by the largest recent gradient."),
    _row("Adagrad", "Makes steps smaller for weights that have moved much."),
    _row("Adadelta", "Finds step sizes by itself from recent gradients and steps."),
    _row(
        "Adafactor",
        "Adam with little memory, for large networks.",
        {
            "eps": {"type": "any", "doc": "Two small numbers against division by zero; the first may be empty."},
            "d": {
                "label": "Clip steps at",
                "minimum": 1,
                "doc": "Steps are scaled down when they are larger than this.",
            },
            "beta2_decay": {
                "label": "Forgetting",
                "minimum": -1,
                "maximum": 0,
                "doc": "How the memory of gradients fades; between -1 and 0.",
            },
        },
    ),
    _row(
        "ASGD",
        "SGD that also averages the weights on the way.",
        {
            "lambd": {"label": "Decay", "doc": "How quickly the step size falls."},
            "alpha": {"label": "Power", "doc": "The power by which the step size falls."},
            "t0": {"label": "Average from step", "doc": "The step from which weights are averaged."},
        },
    ),
    _row(
        "Rprop",
        "Looks only at the sign of the gradient; for full batches.",
        {
            "etas": {"label": "Step factors", "doc": "By how much steps shrink and grow."},
            "step_sizes": {"label": "Step limits", "doc": "The smallest and the largest step."},
        },
    ),
    _row(
        "Muon",
        "Makes the steps of weight matrices orthogonal; takes weights of two axes only, so not biases or convolutions.",
        {
            "adjust_lr_fn": {
                "type": "choice",
                "choices": ("original", "match_rms_adamw"),
                "label": "Adjust step size",
                "doc": "How step sizes depend on the shape of a matrix.",
            },
            "ns_coefficients": {
                "label": "Iteration numbers",
                "advanced": True,
                "doc": "The three numbers of the iteration.",
            },
            "ns_steps": {
                "label": "Iterations",
                "minimum": 1,
                "advanced": True,
                "doc": "How often each step is improved.",
            },
        },
        ("matrices",),
    ),
    _row(
        "LBFGS",
        "Uses curvature, for small networks and full batches; it asks for the loss several times a step.",
        {
            "line_search_fn": {
                "type": "choice",
                "choices": ("strong_wolfe",),
                "label": "Line search",
                "doc": "How the length of a step is searched; empty takes the learning rate.",
            },
            "max_iter": {"label": "Tries a step", "minimum": 1, "doc": "How many small steps make one step."},
            "max_eval": {
                "label": "Losses a step",
                "minimum": 1,
                "doc": "How often the loss may be asked for in one step.",
            },
            "tolerance_grad": {
                "label": "Gradient limit",
                "doc": "Stops a step when the gradient is smaller than this.",
            },
            "tolerance_change": {"label": "Change limit", "doc": "Stops a step when weights change less than this."},
            "history_size": {"label": "Memory", "minimum": 1, "doc": "How many past steps are remembered."},
        },
        ("closure",),
    ),
    _row(
        "SparseAdam",
        "Adam for embeddings with sparse gradients; every other layer gives it an error.",
        needs=("sparse gradients",),
    ),
)
