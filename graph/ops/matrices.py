"""Rows of linear algebra: products, distances, triangles and decompositions of matrices."""

from __future__ import annotations

from typing import Any

from graph.ops.row import OpRow
from graph.ops.short import MANY, MATRICES, TWO, VECTORS, axis, count, function, operator
from graph.ops.spec import PortSpec, Sample

_GROUP = "Matrices"
_ROWS_AND_COLUMNS = Sample(shape=(2, 3, 4))
_STEPS = (Sample(shape=(2, 3, 4)), Sample(shape=(2, 5, 4)))


def _of_matrix(key: str, doc: str, words: str, outputs: tuple[str, ...] = (), **more: Any) -> OpRow:
    """A decomposition or a figure of square matrices."""
    said: dict[str, Any] = {"target": f"torch.linalg.{key}", "icon": "matmul", "samples": (MATRICES,), **more}
    if outputs:
        said["outputs"] = tuple(PortSpec(name=name.lower(), label=name) for name in outputs)
    return function(key, _GROUP, doc, words, **said)


_PRODUCTS = (
    operator(
        "matmul",
        "@",
        _GROUP,
        "Multiplies matrices.",
        "matrix product dot mm bmm @",
        samples=(Sample(shape=(2, 3, 4)), Sample(shape=(2, 4, 5))),
        icon="matmul",
        rare=False,
    ),
    function(
        "bmm",
        _GROUP,
        "Multiplies the matrices of a batch, one with one.",
        "batch matrix product mm",
        inputs=(PortSpec(name="input", label="First"), PortSpec(name="mat2", label="Second")),
        samples=(Sample(shape=(2, 3, 4)), Sample(shape=(2, 4, 5))),
        icon="matmul",
        rare=False,
    ),
    function(
        "einsum",
        _GROUP,
        "Multiplies tensors and sums over axes, told by letters such as bij,bjk->bik.",
        "einstein sum product contraction letters",
        {
            "equation": {"type": "str", "label": "Equation"}
            | {"doc": "A letter for each axis of each input, then -> and the letters of the result."}
        },
        inputs=MANY,
        form="spread",
        positional=("equation",),
        initial={"equation": "bij,bjk->bik"},
        samples=(Sample(shape=(2, 3, 4)), Sample(shape=(2, 4, 5))),
        face="full",
        icon="matmul",
        rare=False,
    ),
    function(
        "outer",
        _GROUP,
        "Multiplies every number of one row with every number of another.",
        "product pair table kronecker",
        inputs=(PortSpec(name="input", label="First"), PortSpec(name="vec2", label="Second")),
        samples=(Sample(shape=(3,)), Sample(shape=(4,))),
        icon="matmul",
    ),
    function(
        "vecdot",
        _GROUP,
        "The dot product of the vectors along an axis.",
        "inner product dot similarity",
        {"dim": axis(-1)},
        target="torch.linalg.vecdot",
        inputs=(PortSpec(name="x", label="First"), PortSpec(name="y", label="Second")),
        samples=(VECTORS, VECTORS),
        icon="matmul",
        rare=False,
    ),
    function(
        "cross",
        _GROUP,
        "The vector that stands upright on two vectors of three numbers.",
        "cross product normal 3d",
        {"dim": axis(-1)},
        target="torch.linalg.cross",
        inputs=TWO,
        samples=(Sample(shape=(2, 3)), Sample(shape=(2, 3))),
        icon="matmul",
    ),
    function(
        "baddbmm",
        _GROUP,
        "Multiplies the matrices of a batch and adds a third.",
        "batch matrix product add bias",
        {
            "beta": {"type": "float", "default": 1.0, "label": "Share of the added"}
            | {"doc": "By what the added tensor is multiplied."},
            "alpha": {"type": "float", "default": 1.0, "label": "Share of the product"}
            | {"doc": "By what the product is multiplied."},
        },
        show=(),
        inputs=(
            PortSpec(name="input", label="Added"),
            PortSpec(name="batch1", label="First"),
            PortSpec(name="batch2", label="Second"),
        ),
        samples=(Sample(shape=(2, 3, 5)), Sample(shape=(2, 3, 4)), Sample(shape=(2, 4, 5))),
        icon="matmul",
    ),
    function(
        "tensordot",
        _GROUP,
        "Multiplies two tensors and sums over the last axes of the first and the first of the second.",
        "contraction product sum axes",
        {"dims": {"type": "int", "default": 2, "minimum": 0, "label": "Axes", "doc": "Over how many axes it sums."}},
        inputs=(PortSpec(name="a", label="First"), PortSpec(name="b", label="Second")),
        initial={"dims": 1},
        samples=(Sample(shape=(2, 3, 4)), Sample(shape=(4, 5))),
        icon="matmul",
    ),
    function(
        "kron",
        _GROUP,
        "Puts a copy of the second matrix, multiplied, in place of every number of the first.",
        "kronecker product",
        inputs=TWO,
        samples=(Sample(shape=(2, 3)), Sample(shape=(2, 2))),
        icon="matmul",
    ),
    function(
        "block_diag",
        _GROUP,
        "Puts matrices along the diagonal of a large one.",
        "block diagonal join",
        inputs=MANY,
        form="spread",
        samples=(Sample(shape=(2, 3)), Sample(shape=(2, 2))),
        icon="matmul",
    ),
)

_DISTANCES = (
    function(
        "cosine_similarity",
        _GROUP,
        "How much two vectors point the same way, from -1 to 1.",
        "cosine angle distance compare siamese",
        {
            "dim": {"type": "int", "default": 1, "doc": "The axis along which the vectors lie."},
            "eps": {"type": "float", "default": 1e-08},
        },
        target="torch.nn.functional.cosine_similarity",
        stem="similarity",
        inputs=(PortSpec(name="x1", label="First"), PortSpec(name="x2", label="Second")),
        show=("dim",),
        samples=(VECTORS, VECTORS),
        face="full",
        icon="similarity",
        rare=False,
    ),
    function(
        "pairwise_distance",
        _GROUP,
        "How far two vectors are apart.",
        "euclidean distance compare siamese norm",
        {
            "p": {"type": "float", "default": 2.0, "maximum": None, "label": "Power"}
            | {"doc": "2 is the straight line, 1 the sum of differences."},
            "eps": {"type": "float", "default": 1e-06},
            "keepdim": {"type": "bool", "default": False},
        },
        target="torch.nn.functional.pairwise_distance",
        stem="distance",
        inputs=(PortSpec(name="x1", label="First"), PortSpec(name="x2", label="Second")),
        show=("p",),
        samples=(VECTORS, VECTORS),
        face="full",
        icon="similarity",
        rare=False,
    ),
    function(
        "cdist",
        _GROUP,
        "How far every row of one matrix is from every row of another.",
        "distance matrix nearest neighbour codebook euclidean",
        {
            "p": {"type": "float", "default": 2.0, "minimum": 0, "maximum": None, "label": "Power"}
            | {"doc": "2 is the straight line, 1 the sum of differences."}
        },
        inputs=(PortSpec(name="x1", label="First"), PortSpec(name="x2", label="Second")),
        samples=_STEPS,
        icon="similarity",
        rare=False,
    ),
)

_DIAGONAL = {
    "diagonal": {"type": "int", "default": 0, "label": "Diagonal"}
    | {"doc": "Which diagonal is the border; 0 is the main one."}
}

_SHAPED = (
    function(
        "tril",
        _GROUP,
        "Keeps the lower triangle of matrices and makes the rest zero.",
        "triangle lower causal mask",
        _DIAGONAL,
        samples=(MATRICES,),
        icon="matmul",
        rare=False,
    ),
    function(
        "triu",
        _GROUP,
        "Keeps the upper triangle of matrices and makes the rest zero.",
        "triangle upper mask",
        _DIAGONAL,
        samples=(MATRICES,),
        icon="matmul",
        rare=False,
    ),
    function(
        "diag_embed",
        _GROUP,
        "Puts each row of numbers on the diagonal of a matrix.",
        "diagonal matrix diag",
        icon="matmul",
    ),
    function(
        "matrix_power",
        _GROUP,
        "Multiplies square matrices with themselves.",
        "power repeat graph hops",
        {"n": count("Power", "How often the matrix is taken; 0 gives the identity.", 0)},
        target="torch.linalg.matrix_power",
        initial={"n": 2},
        samples=(MATRICES,),
        icon="matmul",
    ),
)

_FIGURES = (
    _of_matrix("inv", "The inverse of square matrices.", "inverse solve"),
    _of_matrix("pinv", "The best there is in place of an inverse, for any matrix.", "pseudo inverse least squares"),
    _of_matrix("det", "The determinant of square matrices.", "determinant volume"),
    _of_matrix(
        "slogdet",
        "The sign and the logarithm of the determinant.",
        "log determinant flow volume",
        ("Sign", "Logarithm"),
    ),
    function(
        "solve",
        _GROUP,
        "Solves linear equations: what the first matrix turns into the second.",
        "linear equations system inverse",
        target="torch.linalg.solve",
        inputs=(PortSpec(name="A", label="Matrix"), PortSpec(name="B", label="Result")),
        samples=(MATRICES, Sample(shape=(2, 3, 2))),
        icon="matmul",
    ),
    _of_matrix(
        "svd",
        "Takes matrices apart into two turns and a stretch between them.",
        "singular value decomposition pca rank",
        ("U", "S", "Vh"),
        changes={
            "full_matrices": {"type": "bool", "default": True, "label": "Square turns"}
            | {"doc": "Whether both turns are square matrices."}
        },
        show=(),
        initial={"full_matrices": False},
        samples=(_ROWS_AND_COLUMNS,),
    ),
    _of_matrix(
        "qr",
        "Takes matrices apart into a turn and a triangle.",
        "qr decomposition orthogonal gram schmidt",
        ("Q", "R"),
        samples=(Sample(shape=(2, 4, 3)),),
    ),
    _of_matrix(
        "eigh",
        "The eigenvalues and eigenvectors of symmetric matrices.",
        "eigenvalue eigenvector symmetric pca spectral",
        ("Values", "Vectors"),
    ),
    _of_matrix("cholesky", "The triangle whose square is a positive matrix.", "cholesky covariance sampling"),
    _of_matrix("matrix_exp", "Raises e to the power of square matrices.", "exponential rotation ode"),
    function(
        "matrix_norm",
        _GROUP,
        "The length of matrices.",
        "frobenius norm length",
        {"keepdim": {"type": "bool", "default": False}},
        target="torch.linalg.matrix_norm",
        samples=(_ROWS_AND_COLUMNS,),
        icon="reduce",
    ),
)

ROWS: tuple[OpRow, ...] = (*_PRODUCTS, *_DISTANCES, *_SHAPED, *_FIGURES)
