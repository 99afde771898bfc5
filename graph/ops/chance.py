"""Rows that draw random numbers; each draws from the one generator of the training, in the order of the code."""

from __future__ import annotations

from graph.ops.row import OpRow
from graph.ops.short import VECTORS, count, function, pointwise
from graph.ops.spec import PortSpec, Sample

_GROUP = "Random"
_SHARE = {"type": "float", "default": 0.5, "minimum": 0, "maximum": 1}
_TURNED_OFF = {"p": {**_SHARE, "label": "Probability", "doc": "The share of numbers that is switched off."}}

ROWS: tuple[OpRow, ...] = (
    pointwise(
        "randn_like",
        _GROUP,
        "Random numbers of a normal distribution, as many as arrive.",
        "noise gaussian normal sample vae diffusion",
        icon="shuffle",
        rare=False,
    ),
    function(
        "noise_while_training",
        _GROUP,
        "Random numbers of a normal distribution while it learns, zeros afterwards.",
        "noise gaussian normal sample vae reparametrize robust augmentation",
        target="torch.randn_like",
        title="noise while training",
        form="training",
        stem="noise",
        icon="shuffle",
        rare=False,
    ),
    pointwise(
        "rand_like",
        _GROUP,
        "Random numbers between 0 and 1, as many as arrive.",
        "noise uniform sample",
        icon="shuffle",
        rare=False,
    ),
    function(
        "bernoulli",
        _GROUP,
        "Draws 1 with the probability that arrives, else 0.",
        "coin binary sample probability",
        icon="shuffle",
        samples=(Sample(shape=(2, 4), least=0.1, most=0.9),),
        rare=False,
    ),
    function(
        "dropout_always",
        _GROUP,
        "Dropout that goes on when the training is over, to see how sure a network is.",
        "monte carlo mc uncertainty functional noise",
        _TURNED_OFF,
        target="torch.nn.functional.dropout",
        title="dropout always",
        stem="dropout",
        icon="dropout",
        rare=False,
    ),
    function(
        "dropout2d_always",
        _GROUP,
        "Switches off whole channels, also when the training is over.",
        "monte carlo mc uncertainty functional channel image",
        _TURNED_OFF,
        target="torch.nn.functional.dropout2d",
        title="dropout2d always",
        stem="dropout",
        samples=(Sample(shape=(2, 4, 3, 3)),),
        icon="dropout",
    ),
    function(
        "gumbel_softmax",
        _GROUP,
        "Draws one of some classes in a way that can be learned through.",
        "sample categorical discrete reparameterization straight-through",
        {
            "tau": {"type": "float", "default": 1.0, "minimum": 1e-6, "label": "Temperature"}
            | {"doc": "Low is close to a clear choice, high close to all alike."},
            "hard": {"type": "bool", "default": False, "label": "Clear choice"}
            | {"doc": "Whether the answer is one class alone; it learns as if it were not."},
            "dim": {"type": "int", "default": -1, "doc": "Along which axis the classes lie."},
        },
        target="torch.nn.functional.gumbel_softmax",
        stem="gumbel",
        icon="shuffle",
    ),
    function(
        "normal",
        _GROUP,
        "Draws from normal distributions of which average and spread arrive.",
        "gaussian noise sample mean std",
        inputs=(PortSpec(name="mean", label="Average"), PortSpec(name="std", label="Spread")),
        samples=(VECTORS, VECTORS),
        icon="shuffle",
    ),
    function(
        "multinomial",
        _GROUP,
        "Draws classes by the weights that arrive.",
        "categorical sample choice tokens",
        {
            "num_samples": count("How many", "How many classes are drawn for each row."),
            "replacement": {"type": "bool", "default": False, "label": "Put back"}
            | {"doc": "Whether a class can be drawn more than once."},
        },
        show=("num_samples",),
        initial={"num_samples": 1},
        stem="draw",
        icon="shuffle",
    ),
    pointwise("poisson", _GROUP, "Draws counts of which the averages arrive.", "count events sample", icon="shuffle"),
    function(
        "randint_like",
        _GROUP,
        "Random whole numbers below a limit, as many as arrive.",
        "noise integer uniform sample",
        {"high": count("Below", "The numbers are 0 to one less than this.")},
        initial={"high": 10},
        icon="shuffle",
    ),
)
