"""Training steps drawn at random: networks of all kinds of layers, and objectives that call them in all ways."""

from __future__ import annotations

import random
from typing import Final

from drawing import Part, add, part
from graph.edits import RemoveNetwork, SetParam
from graph.model import Project
from graph.objectives import minimised, trained_names
from graph.ops.spec import Value
from graph.problems import Problem

POINTS, NOISE, NUMBER = "points", "noise", "number"
CLASSES: Final = {"moons": 2, "blobs": 3}
_LOSSES: Final = ("mse_loss", "huber_loss", "consistency_mse", "gan_discriminator_loss", "distillation_kl", "info_nce")
_ONE: Final = ("gan_generator_loss", "entropy_of_scores", "mean", "sum")
_OF_LABELS: Final = ("cross_entropy", "focal_loss", "multi_margin_loss")
_CHANGES: Final[tuple[Part, ...]] = (
    *(part(op) for op in ("neg", "square", "Sigmoid", "ReLU", "Softplus", "track", "detach", "randn_like", "sign")),
    *(part("mul_number", other=0.5), part("clamp", min=-1.0, max=1.0), part("Dropout", p=0.2)),
)
_TRAINING: Final[tuple[dict[str, Value], ...]] = (
    *({"optimizer": name} for name in ("SGD", "AdamW", "RMSprop", "Adagrad", "Rprop")),
    {"optimizer": "SGD", "optimizer.SGD.momentum": 0.9},
    *({"scheduler": name} for name in ("StepLR", "OneCycleLR", "ReduceLROnPlateau", "CyclicLR")),
    *({"clip.norm": 0.5}, {"clip.value": 0.1}, {"l1": 0.001}, {"l2": 0.01}, {"limit_steps": 3}),
    *({"keep_best": True}, {"early_stopping": True, "early_stopping.patience": 1}, {"optimizer.fused": False}),
)
_ENDS: Final[tuple[dict[str, Value], ...]] = (
    *({"every": 2}, {"every": 3}, {"first_step": 1}, {"last_step": 2}, {"weight": -0.5}, {"clip_norm": 0.3}),
    *({"optimizer": name} for name in ("Adam", "SGD", "RMSprop")),
    *({"lr": 0.01}, {"scheduler": "StepLR"}, {"scheduler": "none"}),
)
_CALLS: Final[tuple[dict[str, Value], ...]] = (
    *({"mode": mode} for mode in ("train", "eval", "keep statistics")),
    *({"frozen": True}, {"detached": True}, {"average": 0.9}, {"average": 0.5, "detached": True}),
)


def random_step(seed: int) -> Project:
    """A project with one to three networks and objectives, which may have mistakes."""
    chance = random.Random(seed)
    source = chance.choice(sorted(CLASSES))
    project = Project(data={"source": source, f"{source}.samples": 45, "split.method": "random"})
    if source == "blobs":
        project.data["blobs.classes"] = CLASSES[source]
    if chance.random() < 0.3:
        project.data |= {"split.per_class": 4, "split.unlabelled": True}
    batch = chance.choice([7, 16, 16, 0, 100])
    project.training |= {"epochs": 2, "batch_size": batch, "threads": 1, "seed": chance.randrange(4)}
    for said in chance.sample(_TRAINING, chance.randrange(4)):
        project.training |= said
    _network(project, chance, "judge", POINTS, CLASSES[source])
    if chance.random() < 0.6:
        _network(project, chance, "maker", NOISE, 2)
    if chance.random() < 0.4:
        _network(project, chance, "rater", POINTS, 1)
    for place in range(chance.choice([1, 1, 2, 2, 3])):
        _Objective(project, chance, f"step{place}").add(place)
    return project


def _network(project: Project, chance: random.Random, name: str, takes: str, width: int) -> None:
    said: list[dict[str, Value]] = [{"@frozen": True}, {"@frozen": True, "@thaw": 1}, {"@lr": 0.1}]
    said += [{"@norm": "spectral"}, {"@norm": "weight"}]
    parts: dict[str, Part] = {"given": part("Input", field="point") if takes == POINTS else part("Input")}
    if takes == POINTS and chance.random() < 0.2:
        cell = part(chance.choice(["GRU", "LSTM", "RNN"]), hidden_size=3, batch_first=True)
        parts |= {"steps": part("unsqueeze", dim=-1), "cell": cell, "last": part("select", dim=1, index=-1)}
    for place in range(chance.randrange(3)):
        own = chance.choice(said) if chance.random() < 0.25 else {}
        parts[f"hidden{place}"] = part("Linear", out_features=chance.choice([3, 5]), **own)
        if chance.random() < 0.4:
            parts[f"norm{place}"] = part(chance.choice(["BatchNorm1d", "LayerNorm"]))
        parts[f"bent{place}"] = part(chance.choice(["ReLU", "Tanh", "GELU", "PReLU", "RReLU"]))
        if chance.random() < 0.3:
            parts[f"drop{place}"] = part("Dropout", p=0.3)
    inner = list(parts)[-1]
    parts["linear"] = part("Linear", out_features=width)
    if chance.random() < 0.05:
        parts["stop"] = part("detach")
    field = {"field": "class"} if name == "judge" else {}
    chains = [" > ".join([*parts, "scores"])]
    parts["scores"] = part("Output", **field)
    if name == "rater":
        parts["inner"] = part("Output")
        chains.append(f"{inner} > inner")
    add(project, name, parts, *chains)


class _Objective:
    """Draws one objective; what it holds is known by the kind of numbers, so that most of it fits."""

    def __init__(self, project: Project, chance: random.Random, name: str) -> None:
        self._project, self._chance, self._name = project, chance, name
        self._classes = CLASSES[str(project.data["source"])]
        self._parts = {"point": part("Input", field="point"), "label": part("Input", field="class")}
        self._chains: list[str] = []
        self._held = [("point", POINTS)]
        self._losses: list[str] = []
        if project.data.get("split.unlabelled"):
            self._parts["more"] = part("Input", field="unlabelled_point")
            self._held.append(("more", POINTS))

    def add(self, order: int) -> None:
        """Put it into the project."""
        chance = self._chance
        acts = [self._call] * 4 + [self._loss] * 3 + [self._change] * 2
        acts += [self._pair, self._made, self._slope, self._attack, self._sure]
        self._call()
        for _ in range(chance.randint(2, 7)):
            chance.choice(acts)()
        if not self._losses:
            self._losses.append(self._node(part("mean"), chance.choice(self._held)[0]))
        last, *others = chance.sample(self._losses, min(len(self._losses), chance.randint(1, 3)))
        for other in others:
            last = self._node(part("add"), last, other)
        end: dict[str, Value] = {}
        for said in chance.sample(_ENDS, chance.choice([0, 0, 1, 2])):
            end |= said
        self._parts["loss"] = part("Minimise", **end)
        self._chains.append(f"{last} > loss")
        if chance.random() < 0.4:
            self._parts[f"told_{self._name}"] = part("LogValue")
            self._chains.append(f"{chance.choice(self._losses)} > told_{self._name}")
        if chance.random() < 0.2:
            self._parts["seen"] = part("ShowPoints")
            self._chains.append(f"{chance.choice(self._held)[0]} > seen")
        add(self._project, self._name, self._parts, *self._chains, order=order)

    def _node(self, one: Part, *givers: str) -> str:
        name = f"{self._chance.choice('abc')}{len(self._parts)}"
        self._parts[name] = one
        self._chains += [f"{giver} > {name}" for giver in givers]
        return name

    def _pick(self, *kinds: str) -> str:
        found = [name for name, kind in self._held if not kinds or kind in kinds]
        return self._chance.choice(found) if found else ""

    def _kind(self, name: str) -> str:
        return next(kind for held, kind in self._held if held == name)

    def _call(self, giver: str = "", **said: Value) -> str:
        takes = {"judge": POINTS, "maker": NOISE, "rater": POINTS}
        gives = {"judge": f"N × {self._classes}" if self._classes != 2 else POINTS, "maker": POINTS, "rater": "N × 1"}
        names = [name for name in takes if name in self._project.networks and self._pick(takes[name])]
        name = "judge" if giver else self._chance.choice(names)
        if not said and self._chance.random() < 0.5:
            said = self._chance.choice(_CALLS)
        node = self._node(part(f"call:{name}", **said), giver or self._pick(takes[name]))
        self._held.append((f"{node}.scores", gives[name]))
        return f"{node}.scores"

    def _made(self) -> None:
        self._held.append((self._node(part("noise", shape=(3,)), "point"), NOISE))

    def _change(self) -> None:
        giver = self._pick()
        self._held.append((self._node(self._chance.choice(_CHANGES), giver), self._kind(giver)))

    def _pair(self) -> None:
        one = self._pick()
        op = self._chance.choice(["add", "sub", "mul"])
        self._held.append((self._node(part(op), one, self._pick(self._kind(one))), self._kind(one)))

    def _loss(self) -> None:
        scores = self._pick(f"N × {self._classes}" if self._classes != 2 else POINTS)
        if scores and self._chance.random() < 0.5:
            self._losses.append(self._node(part(self._chance.choice(_OF_LABELS)), scores, "label"))
            return
        one = self._pick()
        op = self._chance.choice(_LOSSES + _ONE)
        others = [] if op in _ONE else [self._pick(self._kind(one))]
        self._losses.append(self._node(part(op), one, *others))

    def _slope(self) -> None:
        """A gradient of an error, as a penalty or as a way to move along."""
        tracked = self._node(part("track"), "point")
        scores = self._call(tracked, mode=self._chance.choice(["eval", "eval", "eval", "train"]))
        error = self._node(part("cross_entropy"), scores, "label")
        slope = self._node(part("Gradient", create_graph=self._chance.random() < 0.5))
        self._chains += [f"{error} > {slope}.number", f"{tracked} > {slope}.tensor"]
        if self._chance.random() < 0.5:
            self._losses.append(self._node(part("mean"), self._node(part("square"), slope)))
        else:
            self._held.append((self._node(part("add"), tracked, self._node(part("sign"), slope)), POINTS))

    def _attack(self) -> None:
        chance = self._chance
        said: dict[str, Value] = {"network": "judge", "epsilon": 0.1, "by_data": chance.random() < 0.3}
        said |= {"error": "the loss of this step"} if chance.random() < 0.2 else {}
        moved = self._node(part("PGD", steps=2, **said) if chance.random() < 0.5 else part("FGSM", **said), "point")
        if "error" not in said:
            self._chains.append(f"label > {moved}.label")
        self._held.append((moved, POINTS))

    def _sure(self) -> None:
        scores = self._pick(f"N × {self._classes}" if self._classes != 2 else POINTS)
        if scores:
            label = self._node(part("pseudo_label", threshold=0.5), scores)
            self._losses.append(self._node(part("cross_entropy"), self._pick(self._kind(scores)), f"{label}.label"))


def mended(project: Project, told: Problem) -> bool:
    """Whether something was done about a problem: its fix, another choice of networks, or one objective less."""
    if told.fixes:
        told.fixes[0].edit.apply(project)
        return True
    objective = project.networks.get(told.network)
    if objective is None or objective.objective is None:
        return False
    end = minimised(objective)
    names = trained_names(objective)
    kept = tuple(name for name in names if f" trains {name}, " not in told.message)
    if end is not None and kept and kept != names:
        SetParam(network=objective.name, uid=end.uid, name="networks", value=kept).apply(project)
        return True
    if len(project.objectives()) > 1:
        RemoveNetwork(name=objective.name).apply(project)
        return True
    return False
