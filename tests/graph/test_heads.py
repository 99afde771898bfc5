"""The head of a network: found before each Output, fitted to the classes of the data, and frozen around."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawings import FIELDS, chain, digits_cnn, draw, residual

from graph.blocks import catalog_of
from graph.edits import SetParam
from graph.errors import EditError
from graph.files import dump
from graph.heads import fitted, head_nodes
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import MISSING

CATALOG = load_catalog()


def heads(project: Project) -> set[str]:
    network = project.main()
    return {network.node(uid).name for uid in head_nodes(catalog_of(CATALOG, project), network)}


def test_the_head_is_the_last_layer_with_weights_before_each_output() -> None:
    assert heads(digits_cnn()) == {"linear1"}
    assert heads(chain(("a", "Linear", {}), ("b", "Linear", {}), ("norm", "BatchNorm1d", {}))) == {"b", "norm"}
    assert heads(chain(("flat", "Flatten", {}))) == set()
    two = draw(
        "two",
        [
            ("image", "Input", {"field": "image"}),
            ("flat", "Flatten", {}),
            ("body", "Linear", {"out_features": 8}),
            ("one", "Linear", {"out_features": 3}),
            ("other", "Linear", {"out_features": 1}),
            ("digit", "Output", {"field": "digit"}),
            ("number", "Output", {"field": "next"}),
        ],
        ["image > flat", "flat > body", "body > one", "body > other", "one > digit", "other > number"],
    )
    assert heads(two) == {"one", "other"}
    fitted(CATALOG, two.main(), tuple(FIELDS.values())).apply(two)
    assert [two.main().node(f"u-{name}").params["out_features"] for name in ("one", "other")] == [10, 1]
    assert heads(residual()) != set()


def test_fitting_gives_the_last_layer_the_classes_and_lets_it_begin_anew_and_learn() -> None:
    project = digits_cnn()
    classes = replace(FIELDS["digit"], classes=tuple("abcde"))
    before = dump(project)
    uid = "u-linear1"
    SetParam(network="digits_cnn", uid=uid, name="@frozen", value=True).apply(project)
    undo = fitted(CATALOG, project.main(), (classes,)).apply(project)
    assert dict(project.main().node(uid).params) == {"out_features": 5, "@anew": True}
    undo.apply(project)
    SetParam(network="digits_cnn", uid=uid, name="@frozen", value=MISSING).apply(project)
    assert dump(project) == before


def test_why_a_head_cannot_be_fitted_is_a_sentence() -> None:
    with pytest.raises(EditError, match=r"How many classes digit answers is not known\. Choose data first"):
        fitted(CATALOG, digits_cnn().main(), ())
    with pytest.raises(EditError, match="does not come from one layer"):
        fitted(CATALOG, chain(("flat", "Flatten", {})).main(), tuple(FIELDS.values()))
