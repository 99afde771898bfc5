"""Whether an op can take what flows, told from the catalogue alone, before torch is asked."""

from __future__ import annotations

from graph.explain import wanted_ranks
from graph.flow import TensorInfo
from graph.ops.spec import OpSpec

_WHOLE = ("int", "uint")
_ANY_NUMBERS = frozenset({"torch.nn.Flatten", "torch.nn.Unflatten", "torch.nn.Identity"})
_LAYOUTS = {2: "rows of numbers", 3: "signals and sequences", 4: "images", 5: "volumes"}


def misfit(spec: OpSpec, info: TensorInfo) -> str | None:
    """Why the first input of an op cannot take a tensor, as a short sentence, or None when it may."""
    if not spec.inputs:
        return f"{spec.title} takes nothing."
    arrives = f"what arrives is {info.label()}"
    if info.dtype.startswith(_WHOLE):
        if spec.target.startswith("torch.nn.") and not _takes_whole_numbers(spec):
            return f"{spec.title} works on decimal numbers; what arrives are whole ones. Put an Embedding before it."
        return None
    if spec.target.startswith("torch.nn.Embedding"):
        return f"{spec.title} looks up whole numbers; {arrives} of decimal ones."
    ranks = wanted_ranks(spec)
    if ranks and len(info.shape) not in ranks:
        return f"{spec.title} works on {' or '.join(_LAYOUTS[rank] for rank in ranks)}; {arrives}."
    return None


def _takes_whole_numbers(spec: OpSpec) -> bool:
    if spec.style != "module":
        return not wanted_ranks(spec)  # what slides over images calculates, as the layers that do
    return spec.target.startswith("torch.nn.Embedding") or spec.target in _ANY_NUMBERS
