"""Where gradients flow: through nodes, into the networks that they stand for, and out of weights that learn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from graph.model import Network, Node
from graph.ops.catalog import Catalog
from graph.report import ShapeReport
from graph.weight_settings import thaws_after

NOTHING_LEARNED: Final = frozenset(
    {
        *("detach", "gt", "lt", "eq", "ne", "ge", "le", "greater", "less", "equal", "not_equal"),
        *("greater_equal", "less_equal", "isclose", "logical_and", "logical_or", "logical_not", "logical_xor"),
        *("isnan", "isinf", "isfinite", "any", "all", "count_nonzero", "argmax", "argmin", "argsort", "bucketize"),
        *("nonzero", "unique", "zeros_like", "ones_like", "full_like", "positions", "causal_mask", "rand_like"),
        *("randn_like", "noise_while_training", "randint_like", "multinomial", "buffer", "constant", "arange"),
        *(
            "linspace",
            "eye",
            "pseudo_label",
            "sharpened_assignment",
            "kmeans",
            "one_hot",
            "random_times",
            "long",
            "bool",
            "int",
        ),
    }
)
"""Ops whose answer has no gradient, by what they are."""
FLAT: Final = frozenset({"round", "floor", "ceil", "trunc", "sign"})
"""Ops whose answer does not change with what arrives, but for jumps: the gradient is 0."""
UNTOUCHED: Final[Mapping[str, frozenset[int]]] = {
    "expand_batch": frozenset({1}),
    "reshape_as": frozenset({1}),
    "expand_as": frozenset({1}),
    "affine_grid": frozenset({1}),
    "bucketize": frozenset({0, 1}),
    "distillation_kl": frozenset({1}),
    "soft_margin_loss": frozenset({1}),
    "cosine_embedding_loss": frozenset({2}),
    "hinge_embedding_loss": frozenset({1}),
    "margin_ranking_loss": frozenset({2}),
}
"""Inputs through which nothing is learned, by their place: only their shape counts, or they say what is right."""
_OF_STEPS: Final = frozenset({"track", "noise", "numbers", "FGSM", "PGD", "Denoise"})
_END: Final = "end"
"""Stands for the one output port of what has none."""

Leaving = tuple[str, str]
"""What leaves a node: its uid, and the port."""


@dataclass(slots=True)
class GradientFlow:
    """Follows gradients through drawings, in the direction of the wires: what would change with what.

    Where shapes are not known, so without a report, it is taken that gradients flow. `as_shown`: calls answer as they
    are looked at, where the drawing does not say what learns nothing from them. `thawed`: layers that thaw have thawed.
    """

    catalog: Catalog
    as_shown: bool = False
    thawed: bool = False
    _known: dict[object, frozenset[str]] = field(default_factory=dict)
    _within: set[str] = field(default_factory=set)

    def reached(self, network: Network, report: ShapeReport | None, sources: Collection[Leaving]) -> frozenset[Leaving]:
        """The sources, and all that changes with any of them; an end of the drawing too, as if it gave something."""
        found, waiting = set(sources), list(sources)
        while waiting:
            uid, port = waiting.pop()
            for wire in network.wires_out(uid):
                if wire.source_port != port:
                    continue
                for behind in self._behind(network, report, network.node(wire.target), wire.target_port):
                    if (wire.target, behind) not in found:
                        found.add((wire.target, behind))
                        waiting.append((wire.target, behind))
        return frozenset(found)

    def reaches(self, network: Network, report: ShapeReport | None, sources: Collection[Leaving], end: Node) -> bool:
        """Whether an end of the drawing changes with any of the sources."""
        return (end.uid, _END) in self.reached(network, report, sources)

    def stopped(
        self, network: Network, report: ShapeReport | None, sources: Collection[Leaving], end: Node
    ) -> tuple[Node, ...]:
        """The nodes on the way from the sources to an end where gradients stop first."""
        found: set[str] = set()
        for uid, port in self.reached(network, report, sources):
            for wire in network.wires_out(uid):
                node = network.node(wire.target)
                if wire.source_port != port or not network.reaches(node.uid, end.uid):
                    continue
                if not any(self._behind(network, report, node, wire.target_port)):
                    found.add(node.uid)
        return tuple(node for node in network.order() if node.uid in found)

    def tracked(self, network: Network, report: ShapeReport | None = None) -> frozenset[Leaving]:
        """All of the drawing of a step that torch keeps the way back of: from weights that learn, or from a Track."""
        sources: list[Leaving] = []
        for node in network.nodes():
            spec = self.catalog.ops.get(node.op)
            if spec is None:
                continue
            if node.op == "track":
                sources.append((node.uid, spec.outputs[0].name))
            elif spec.style == "call" and not node.params.get("average") and not self._rests(node):
                sources += [(node.uid, port) for port in self.learned(node, report)]
        return self.reached(network, report, sources)

    def learned(self, node: Node, report: ShapeReport | None) -> frozenset[str]:
        """The output ports of a call or a block that change with weights of it that learn."""
        spec = self.catalog.ops.get(node.op)
        if spec is None:
            return frozenset()
        ports = frozenset(port.name for port in spec.outputs)
        inner = self.catalog.called(node.op) if spec.style == "call" else self.catalog.block(node.op)
        inside = report.inside.get(node.uid, ()) if report is not None else ()
        if inner is None or not inside:
            return ports
        return frozenset(name for one in inside for name in self._learned_in(inner, one)) & ports

    def through(self, inner: Network, report: ShapeReport, entry: str) -> frozenset[str]:
        """The names of the Outputs of a network that change with what enters at one of its Inputs."""
        source = inner.by_name(entry)
        if source is None or inner.name in self._within:
            return _outputs(inner)
        return self._answers((id(report), inner.name, entry), inner, report, [(source.uid, "output")])

    def beside(self, network: Network, report: ShapeReport, leaving: Leaving) -> frozenset[Leaving]:
        """What calls give that changes with what one of them hands out: of the same call, or of weights themselves."""
        node = network.node(leaving[0])
        inner, inside = self.catalog.called(node.op), report.inside.get(node.uid, ())
        end = inner.by_name(leaving[1]) if inner is not None else None
        wire = next(iter(inner.wires_in(end.uid)), None) if inner is not None and end is not None else None
        if inner is None or wire is None or not inside:
            return frozenset()
        is_weight = self.catalog.op(inner.node(wire.source).op).style == "value"
        names = self._answers((id(inside[0]), leaving), inner, inside[0], [(wire.source, wire.source_port)])
        calls = [one for one in network.nodes() if one.op == node.op] if is_weight else [node]
        return frozenset((one.uid, name) for one in calls for name in names)

    def _learned_in(self, inner: Network, report: ShapeReport) -> frozenset[str]:
        if inner.name in self._within:
            return _outputs(inner)
        sources: list[Leaving] = []
        for node in inner.nodes():
            spec = self.catalog.ops.get(node.op)
            if spec is None or node.uid in report.skipped or self._is_frozen(report, node):
                continue
            if spec.style == "block":
                self._within.add(inner.name)
                sources += [(node.uid, port) for port in self.learned(node, report)]
                self._within.discard(inner.name)
            elif spec.own or report.parameters.get(node.uid):
                sources += [(node.uid, port.name) for port in spec.outputs]
        return self._answers((id(report), inner.name), inner, report, sources)

    def _answers(
        self, key: object, inner: Network, report: ShapeReport, sources: Collection[Leaving]
    ) -> frozenset[str]:
        found = self._known.get(key)
        if found is None:
            self._within.add(inner.name)
            reached = self.reached(inner, report, sources)
            self._within.discard(inner.name)
            names = (node.name for node in inner.nodes() if node.op == "Output" and (node.uid, _END) in reached)
            found = self._known[key] = frozenset(names)
        return found

    def _behind(self, network: Network, report: ShapeReport | None, node: Node, port: str) -> Iterator[str]:
        """The output ports of a node that change with what arrives at one of its input ports."""
        spec = self.catalog.ops.get(node.op)
        if spec is None:
            return
        if spec.style in ("end", "output"):
            yield _END
        elif report is not None and node.uid in report.skipped:
            yield from (one.name for one in spec.outputs[:1])
        elif not self._stops(node, port):
            inner = self.catalog.called(node.op) if spec.style == "call" else self.catalog.block(node.op)
            inside = report.inside.get(node.uid, ()) if report is not None else ()
            kept = self.through(inner, inside[0], port) if inner is not None and inside else None
            for one in spec.outputs:
                info = report.ports.get((node.uid, one.name)) if report is not None else None
                is_whole = info is not None and not info.dtype.startswith(("float", "bfloat", "complex"))
                if not is_whole and (kept is None or one.name in kept):
                    yield one.name

    def _stops(self, node: Node, port: str) -> bool:
        """Whether no gradient flows through a node to what arrives at this port."""
        if node.op in NOTHING_LEARNED | FLAT | _OF_STEPS or (node.params.get("detached") is True and not self.as_shown):
            return True
        spec = self.catalog.ops[node.op]
        places = UNTOUCHED.get(node.op, frozenset())
        if any(spec.inputs[place].name == port for place in places if place < len(spec.inputs)):
            return True
        return node.op == "Gradient" and node.params.get("create_graph") is not True

    def _rests(self, node: Node) -> bool:
        return not self.as_shown and any(node.params.get(key) for key in ("frozen", "detached"))

    def _is_frozen(self, report: ShapeReport, node: Node) -> bool:
        """Whether no weight of a node learns; one that is tied to another has none of its own to count."""
        if self.thawed and thaws_after(node.params):
            return False
        return 0 < report.weights.get(node.uid, 0) <= report.frozen.get(node.uid, 0)


def _outputs(network: Network) -> frozenset[str]:
    return frozenset(node.name for node in network.nodes() if node.op == "Output")
