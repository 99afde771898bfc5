"""Plain words for settings that many ops share: label, one sentence, limits, and whether they are rarely needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graph.ops.spec import ParamType


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What is said about a param of one name wherever it stands; rows may say otherwise."""

    label: str = ""
    doc: str = ""
    minimum: float | None = None
    maximum: float | None = None
    advanced: bool = False
    type: ParamType | None = None
    choices: tuple[str, ...] = ()


def word_for(group: str, name: str) -> Word:
    """The words for a param in a group of the catalogue, else for the name anywhere."""
    return IN_GROUP.get((group, name)) or ANYWHERE.get(name) or Word()


_SIZE = Word(label="Kernel size", doc="How large each window is: one number, or one for each direction.", minimum=1)
_BELOW_ONE = 0.999999  # torch takes shares of the past below one only
_EPS = Word(label="Epsilon", doc="A small number against division by zero.", minimum=0, advanced=True, type="float")
_EXPERT_SWITCH = {
    "foreach": "Whether all weights are updated together; empty lets torch decide.",
    "fused": "Whether the update is one quick step; empty lets torch decide.",
    "capturable": "Whether steps can be recorded as a CUDA graph.",
    "differentiable": "Whether gradients can flow through the step itself.",
    "maximize": "Whether the loss is made larger instead of smaller.",
}

ANYWHERE: Final[Mapping[str, Word]] = {
    # widths
    "in_channels": Word(label="Input channels", doc="How many channels arrive.", minimum=1),
    "out_channels": Word(label="Filters", doc="How many filters are learned; each makes one channel.", minimum=1),
    "in_features": Word(label="Input size", doc="How many numbers arrive.", minimum=1),
    "in1_features": Word(label="First size", doc="How many numbers arrive at the first input.", minimum=1),
    "in2_features": Word(label="Second size", doc="How many numbers arrive at the second input.", minimum=1),
    "out_features": Word(label="Neurons", doc="How many numbers come out.", minimum=1),
    "input_size": Word(label="Input size", doc="How many numbers arrive at each step.", minimum=1),
    "hidden_size": Word(label="Memory size", doc="How many numbers the memory holds.", minimum=1),
    "proj_size": Word(
        label="Answer size", doc="Shrinks the answer of each step to this; 0 leaves it.", minimum=0, advanced=True
    ),
    "num_features": Word(label="Channels", doc="How many channels arrive.", minimum=1),
    "num_channels": Word(label="Channels", doc="How many channels arrive.", minimum=1),
    "num_groups": Word(label="Groups", doc="Into how many groups the channels are divided.", minimum=1),
    "normalized_shape": Word(
        label="Size", doc="The size of the last axes, over which numbers are balanced.", minimum=1
    ),
    "num_parameters": Word(label="Slopes", doc="One slope for all, or one for each channel.", minimum=1),
    "num_embeddings": Word(label="Entries", doc="How many words or categories there are.", minimum=1),
    "embedding_dim": Word(label="Width", doc="How many numbers stand for each word or category.", minimum=1),
    "embed_dim": Word(label="Width", doc="How many numbers each step has.", minimum=1),
    "d_model": Word(label="Width", doc="How many numbers each step has.", minimum=1),
    "kdim": Word(label="Key width", minimum=1, advanced=True),
    "vdim": Word(label="Value width", minimum=1, advanced=True),
    "num_heads": Word(label="Heads", doc="How many looks are taken at once; must divide the width.", minimum=1),
    "nhead": Word(label="Heads", doc="How many looks are taken at once; must divide the width.", minimum=1),
    "dim_feedforward": Word(label="Inner width", doc="How wide the dense network inside is.", minimum=1),
    # windows
    "kernel_size": _SIZE,
    "stride": Word(label="Stride", doc="How far the window moves each time.", minimum=1),
    "padding": Word(label="Padding", doc="How many places are added around the edges.", minimum=0),
    "padding_mode": Word(label="Padding with", doc="What the added places hold.", advanced=True),
    "output_padding": Word(label="Extra size", doc="Places added to one side of the result.", minimum=0, advanced=True),
    "dilation": Word(
        label="Dilation", doc="The spacing between the places that a window looks at.", minimum=1, advanced=True
    ),
    "groups": Word(
        label="Groups", doc="Into how many separate groups the channels are divided.", minimum=1, advanced=True
    ),
    "ceil_mode": Word(label="Keep the rest", doc="Whether a last, incomplete window counts too.", advanced=True),
    "count_include_pad": Word(label="Count padding", doc="Whether added places count in the average.", advanced=True),
    "divisor_override": Word(
        label="Divide by", doc="Divides by this instead of the size of the window.", minimum=1, advanced=True
    ),
    "output_size": Word(
        label="Result size", doc="How large the result is: one number, or one for each direction.", minimum=1
    ),
    "scale_factor": Word(label="Scale factor", doc="By how much it is enlarged; under 1 shrinks.", minimum=0),
    "upscale_factor": Word(label="Factor", doc="How much larger the image becomes.", minimum=1),
    "downscale_factor": Word(label="Factor", doc="How much smaller the image becomes.", minimum=1),
    "align_corners": Word(label="Align corners", doc="Whether the corner pixels keep their values.", advanced=True),
    "recompute_scale_factor": Word(
        label="Recompute factor", doc="Whether the factor is worked out again from the rounded size.", advanced=True
    ),
    "antialias": Word(label="Smooth", doc="Whether fine detail is smoothed before shrinking.", advanced=True),
    "mode": Word(label="Method"),
    "value": Word(label="Value"),
    # switches and numbers
    "bias": Word(label="Bias", doc="Whether a learned number is added to each result."),
    "p": Word(label="Probability", doc="The share of numbers that is switched off.", minimum=0),
    "dropout": Word(label="Dropout", minimum=0),
    "dropout_p": Word(label="Dropout", minimum=0),
    "momentum": Word(label="Momentum", minimum=0),
    "eps": _EPS,
    "layer_norm_eps": _EPS,
    "affine": Word(label="Learned scale", doc="Whether a scale and an offset are learned for each channel."),
    "elementwise_affine": Word(label="Learned scale", doc="Whether a scale is learned for each number."),
    "track_running_stats": Word(
        label="Remember averages", doc="Whether averages of the training are kept for later use.", advanced=True
    ),
    "num_layers": Word(label="Layers", doc="How many of these are stacked.", minimum=1),
    "batch_first": Word(
        label="Samples first", doc="Whether the first axis counts the samples and the second the steps.", advanced=True
    ),
    "bidirectional": Word(label="Both directions", doc="Whether the sequence is also read backwards."),
    "nonlinearity": Word(label="Activation", doc="How the memory is bent at each step."),
    "activation": Word(label="Activation"),
    "norm_first": Word(label="Balance first", doc="Whether numbers are balanced before each part, not after it."),
    "add_bias_kv": Word(
        label="Learned extra step", doc="Whether one learned step is added that all may look at.", advanced=True
    ),
    "add_zero_attn": Word(label="Empty extra step", doc="Whether a step of zeros is added.", advanced=True),
    "is_causal": Word(label="Only backwards", doc="Whether a step may look at earlier steps only."),
    "padding_idx": Word(label="Padding entry", doc="An entry that only fills up and is not learned.", advanced=True),
    "max_norm": Word(label="Largest length", doc="Rows longer than this are scaled down.", minimum=0, advanced=True),
    "norm_type": Word(label="Power", doc="The power by which lengths are measured.", minimum=0, advanced=True),
    "scale_grad_by_freq": Word(
        label="Scale by frequency", doc="Whether frequent entries learn in smaller steps.", advanced=True
    ),
    "sparse": Word(
        label="Sparse gradients", doc="Whether only used rows get gradients; for SparseAdam.", advanced=True
    ),
    "approximate": Word(label="Formula"),
    "negative_slope": Word(label="Slope", doc="By what negative numbers are multiplied."),
    "init": Word(label="First slope", doc="The slope before anything is learned."),
    "lower": Word(label="Least slope", doc="The smallest slope that is drawn."),
    "upper": Word(label="Largest slope", doc="The largest slope that is drawn."),
    "min_val": Word(label="At least", doc="Smaller numbers become this one."),
    "max_val": Word(label="At most", doc="Larger numbers become this one."),
    # axes
    "dim": Word(label="Axis", doc="Along which axis; the samples are axis 0."),
    "dims": Word(label="Axes"),
    "keepdim": Word(label="Keep the axis", doc="Whether the axis stays, with size one.", advanced=True),
    "start_dim": Word(label="From axis", doc="The first axis that is joined; the samples are axis 0.", advanced=True),
    "end_dim": Word(label="To axis", doc="The last axis that is joined; -1 is the last of all.", advanced=True),
    # losses
    "reduction": Word(
        label="Over the batch", doc="Whether the losses of a batch are averaged or added up.", advanced=True
    ),
    "weight": Word(
        label="Class weights",
        doc="How much each class counts, one number a class.",
        minimum=0,
        advanced=True,
        type="floats",
    ),
    "pos_weight": Word(
        label="Weight of yes", doc="How much more a yes counts than a no.", minimum=0, advanced=True, type="floats"
    ),
    "ignore_index": Word(label="Ignored class", doc="Targets of this number do not count.", advanced=True),
    "label_smoothing": Word(
        label="Label smoothing", doc="Which share of each target is spread over all classes.", minimum=0, maximum=1
    ),
    "margin": Word(label="Margin"),
    "swap": Word(label="Swap", doc="Whether the harder of the two distances counts.", advanced=True),
    # optimizers
    "lr": Word(
        label="Learning rate", doc="How big each change is. Too big: it jumps about. Too small: it crawls.", minimum=0
    ),
    "betas": Word(
        label="Memory of gradients",
        doc="How much of the past average, and of the past size, of gradients is kept.",
        minimum=0,
        maximum=_BELOW_ONE,
        advanced=True,
    ),
    "weight_decay": Word(label="Weight decay", doc="Pulls weights towards zero at each step.", minimum=0),
    "amsgrad": Word(label="AMSGrad", doc="Whether step sizes may only fall.", advanced=True),
    "dampening": Word(label="Dampening", doc="Which share of the new gradient momentum leaves out.", advanced=True),
    "nesterov": Word(label="Nesterov", doc="Whether momentum looks one step ahead; needs momentum and no dampening."),
    "rho": Word(label="Memory", doc="How much of the past size of gradients is kept.", minimum=0, maximum=1),
    "alpha": Word(label="Memory", doc="How much of the past size of gradients is kept.", minimum=0),
    "centered": Word(label="Centered", doc="Whether the average gradient is taken away first.", advanced=True),
    "lr_decay": Word(label="Learning rate decay", doc="How quickly the learning rate falls.", minimum=0),
    "initial_accumulator_value": Word(
        label="First size", doc="The size of gradients that is assumed at first.", minimum=0, advanced=True
    ),
    "momentum_decay": Word(label="Momentum decay", doc="How quickly momentum grows.", minimum=0, advanced=True),
    **{name: Word(doc=doc, advanced=True) for name, doc in _EXPERT_SWITCH.items()},
    # schedulers
    "step_size": Word(label="Epochs apart"),
    "gamma": Word(label="Factor", doc="What the learning rate is multiplied by.", minimum=0),
    "factor": Word(label="Factor", doc="What the learning rate is multiplied by.", minimum=0),
    "T_max": Word(label="Epochs down", doc="After how many epochs the lowest learning rate is reached.", minimum=1),
    "T_0": Word(label="First round", doc="How many epochs the first round lasts.", minimum=1),
    "T_mult": Word(label="Longer by", doc="By what each further round is longer.", minimum=1),
    "eta_min": Word(label="Lowest rate", doc="The lowest learning rate.", minimum=0),
    "min_lr": Word(label="Lowest rate", doc="The lowest learning rate.", minimum=0),
    "max_lr": Word(label="Highest rate", doc="The highest learning rate.", minimum=0),
    "base_lr": Word(label="Lowest rate", doc="The learning rate at the bottom of each cycle.", minimum=0),
    "patience": Word(label="Patience", doc="For how many epochs it waits without gain.", minimum=0),
    "cooldown": Word(label="Pause after", doc="For how many epochs it waits after a change.", minimum=0, advanced=True),
    "threshold": Word(label="Threshold"),
    "cycle_momentum": Word(label="Move momentum too", doc="Whether momentum falls while the learning rate rises."),
    "base_momentum": Word(label="Lowest momentum", doc="The lowest momentum of a cycle.", minimum=0, advanced=True),
    "max_momentum": Word(label="Highest momentum", doc="The highest momentum of a cycle.", minimum=0, advanced=True),
    "div_factor": Word(label="Start divided by", doc="The first rate is the highest divided by this.", minimum=1),
    "final_div_factor": Word(label="End divided by", doc="The last rate is the first divided by this.", minimum=1),
    "three_phase": Word(
        label="Three parts", doc="Whether it goes up, down the same way, then to almost nothing.", advanced=True
    ),
    "step_size_up": Word(label="Batches up", doc="How many batches go up.", minimum=1),
    "step_size_down": Word(
        label="Batches down", doc="How many batches go down; as many as up if empty.", minimum=1, type="int"
    ),
    "start_factor": Word(
        label="Start factor", doc="What the rate is multiplied by at the start.", minimum=1e-6, maximum=1
    ),
    "end_factor": Word(label="End factor", doc="What the rate is multiplied by at the end.", minimum=0, maximum=1),
    "total_iters": Word(label="Epochs", doc="How many epochs it lasts.", minimum=1),
    "power": Word(label="Power", doc="The form of the way: 1 is a straight line.", minimum=0),
}
"""By the param's own name."""

IN_GROUP: Final[Mapping[tuple[str, str], Word]] = {
    ("Normalisation", "momentum"): Word(
        label="Momentum", doc="How much each batch changes the remembered averages.", minimum=0, advanced=True
    ),
    ("optimizer", "momentum"): Word(label="Momentum", doc="How much of the last step is kept.", minimum=0),
    ("Recurrent", "num_layers"): Word(label="Layers", doc="How many are stacked on one another.", minimum=1),
}
"""Where a name means something else in one group."""
