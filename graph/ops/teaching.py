"""Rows for training steps that make samples, compare vectors or pictures, find groups, or learn from other answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.ops.pieces import SCORES, piece, port
from graph.ops.row import OpRow
from graph.ops.short import IMAGE, VECTORS
from graph.ops.spec import MISSING, PortSpec, Sample

_GAN_SCORES = Sample(shape=(2, 1), least=-1.0, most=1.0)
_REAL_AND_FAKE = (port("real", "Scores of real"), port("fake", "Scores of made"))
_FAKE = (port("fake", "Scores of made"),)
_NORMAL = (port("mean", "Average"), port("log_variance", "Log variance"))


def _opponents(key: str, title: str, discriminator: str, generator: str, words: str, *, rare: bool) -> list[OpRow]:
    """The losses of the two that play against each other."""
    judge = "critic" if key == "wasserstein" else "discriminator"
    more: dict[str, Any] = {"stem": "error", "rare": rare}
    return [
        piece(
            f"{key}_{judge}_loss",
            "Generative",
            discriminator,
            f"loss gan adversarial discriminator critic real fake {words}",
            title=f"{title} {judge} loss",
            inputs=_REAL_AND_FAKE,
            samples=(_GAN_SCORES, _GAN_SCORES),
            **more,
        ),
        piece(
            f"{key}_generator_loss",
            "Generative",
            generator,
            f"loss gan adversarial generator fake {words}",
            title=f"{title} generator loss",
            inputs=_FAKE,
            samples=(_GAN_SCORES,),
            **more,
        ),
    ]


_GENERATIVE = (
    piece(
        "reparametrise",
        "Generative",
        "Draws from a normal distribution so that its average and spread can learn (Kingma and Welling, 2014).",
        "vae variational autoencoder reparameterize reparameterization trick sample latent noise",
        form="while training",
        inputs=_NORMAL,
        samples=(VECTORS, VECTORS),
        stem="drawn",
        icon="made-up",
    ),
    piece(
        "gaussian_kl",
        "Generative",
        "How far normal distributions are from the standard one (Kingma and Welling, 2014).",
        "loss vae variational autoencoder kl divergence kullback leibler latent prior",
        title="Gaussian KL",
        inputs=_NORMAL,
        samples=(VECTORS, VECTORS),
        stem="kl",
    ),
    piece(
        "interpolate_samples",
        "Generative",
        "The way from one sample of the batch to another, in equal steps.",
        "interpolate interpolation between latent walk slider morph linear mix",
        {
            "a": {"type": "int", "default": 0, "minimum": 0, "label": "From sample"}
            | {"doc": "The number of the sample in the batch with which it begins, from 0."},
            "b": {"type": "int", "default": 1, "minimum": 0, "label": "To sample"}
            | {"doc": "The number of the sample with which it ends."},
            "steps": {"type": "int", "default": 9, "minimum": 2, "maximum": 64, "label": "Steps"}
            | {"doc": "How many samples it becomes, both ends included."},
        },
        title="interpolate samples",
        inputs=(port("batch", "Samples"),),
        samples=(VECTORS,),
        stem="between",
        icon="maths",
    ),
    *_opponents(
        "gan",
        "GAN",
        "Teaches a discriminator to score real samples high and made ones low (Goodfellow et al., 2014).",
        "Teaches a generator to make what the discriminator takes for real (Goodfellow et al., 2014).",
        "dcgan non-saturating",
        rare=False,
    ),
    *_opponents(
        "wasserstein",
        "WGAN",
        "Teaches a critic to score real samples as far above made ones as it can (Arjovsky et al., 2017).",
        "Teaches a generator to make what the critic scores high (Arjovsky et al., 2017).",
        "wgan earth mover",
        rare=False,
    ),
    piece(
        "gradient_penalty",
        "Generative",
        "Keeps the slope of a critic near a length, given the gradient of its scores (Gulrajani et al., 2017).",
        "wgan gp lipschitz critic slope regularization",
        {
            "length": {"type": "float", "default": 1.0, "minimum": 0, "label": "Length"}
            | {"doc": "How long the gradient of each sample should be."}
        },
        inputs=(port("gradient", "Gradient"),),
        samples=(IMAGE,),
        stem="penalty",
    ),
    piece(
        "random_between",
        "Generative",
        "A sample at a random place on the line between each of two (Gulrajani et al., 2017).",
        "wgan gp interpolate mix lerp real fake",
        inputs=(port("first", "First"), port("second", "Second")),
        samples=(IMAGE, IMAGE),
        stem="between",
        icon="made-up",
    ),
    *_opponents(
        "least_squares",
        "LSGAN",
        "Teaches a discriminator to score real samples 1 and made ones 0 (Mao et al., 2017).",
        "Teaches a generator to make what the discriminator scores 1 (Mao et al., 2017).",
        "lsgan squared",
        rare=True,
    ),
    *_opponents(
        "hinge",
        "hinge",
        "Teaches a discriminator to score real samples above 1 and made ones below -1 (Lim and Ye, 2017).",
        "Teaches a generator to make what the discriminator scores high (Lim and Ye, 2017).",
        "geometric sngan biggan",
        rare=True,
    ),
)


def _warmth(default: float, doc: str) -> Mapping[str, Any]:
    return {"type": "float", "default": default, "minimum": 1e-4, "label": "Temperature", "doc": doc}


_SHARPNESS = "Low asks for clear differences, high is content with small ones."
_REPRESENTATION = (
    piece(
        "info_nce",
        "Representation",
        "Each vector has to find its partner in the other half of the batch (Oord et al., 2018).",
        "loss contrastive infonce clip self-supervised similarity embedding",
        {
            "temperature": _warmth(0.1, _SHARPNESS),
            "both_ways": {"type": "bool", "default": False, "label": "Both ways"}
            | {"doc": "Whether partners are looked for from both sides, as CLIP does."},
        },
        title="InfoNCE",
        inputs=(port("query", "Vectors"), port("key", "Partners")),
        samples=(VECTORS, VECTORS),
        stem="error",
        icon="similarity",
    ),
    piece(
        "nt_xent",
        "Representation",
        "Each view of a sample has to find its other view among all views of the batch (Chen et al., 2020).",
        "loss contrastive simclr self-supervised similarity embedding ntxent",
        {"temperature": _warmth(0.5, _SHARPNESS)},
        title="NT-Xent",
        inputs=(port("first", "First views"), port("second", "Second views")),
        samples=(VECTORS, VECTORS),
        stem="error",
        icon="similarity",
    ),
    piece(
        "cosine_triplet_loss",
        "Representation",
        "Turns a vector nearer to its like than to its unlike (Schroff et al., 2015, with cosines).",
        "loss triplet metric siamese embedding similarity",
        {
            "margin": {"type": "float", "default": 0.2, "minimum": 0, "maximum": 2, "label": "Margin"}
            | {"doc": "By how much more the like must point the same way."}
        },
        inputs=(port("anchor", "Anchor"), port("positive", "Like"), port("negative", "Unlike")),
        samples=(SCORES, Sample(shape=(2, 4), most=0.5), Sample(shape=(2, 4), least=-0.5)),
        stem="error",
        icon="similarity",
    ),
)

_TWO_SCORES = (port("score", "Scores"), port("other", "Other scores"))
_DISTILLATION = (
    piece(
        "distillation_kl",
        "Distillation",
        "How far a student's answers are from those of its teacher, which does not learn (Hinton et al., 2015).",
        "loss knowledge distillation teacher student temperature soft targets",
        {"temperature": _warmth(4.0, "High shows more of what the teacher thinks of the other classes.")},
        title="distillation loss",
        inputs=(port("student", "Student"), port("teacher", "Teacher")),
        samples=(SCORES, SCORES),
        stem="error",
        icon="bottle",
    ),
    piece(
        "pseudo_label",
        "Distillation",
        "The class that a network is sure of, and a mask of where it is (Sohn et al., FixMatch, 2020).",
        "semi-supervised fixmatch self-training threshold confidence unlabeled",
        {
            "threshold": {"type": "float", "default": 0.95, "minimum": 0, "maximum": 1, "label": "Sure from"}
            | {"doc": "The share that the largest class must reach."}
        },
        inputs=(port("score", "Scores"),),
        outputs=(PortSpec(name="label", label="Classes"), PortSpec(name="mask", label="Mask")),
        samples=(SCORES,),
        stem="pseudo",
        icon="bottle",
    ),
    piece(
        "consistency_mse",
        "Distillation",
        "How differently two networks answer, or one of them twice (Tarvainen and Valpola, 2017).",
        "loss semi-supervised mean teacher squared agreement",
        title="consistency MSE",
        inputs=_TWO_SCORES,
        samples=(SCORES, SCORES),
        stem="consistency",
        icon="bottle",
    ),
    piece(
        "consistency_kl",
        "Distillation",
        "How far answers are from others that they should be like (Xie et al., 2020).",
        "loss semi-supervised uda kullback leibler divergence agreement",
        title="consistency KL",
        inputs=_TWO_SCORES,
        samples=(SCORES, SCORES),
        stem="consistency",
        icon="bottle",
    ),
    piece(
        "entropy_of_scores",
        "Distillation",
        "How unsure the answers are, 0 where one class has it all (Grandvalet and Bengio, 2005).",
        "loss entropy semi-supervised uncertainty confidence regularization",
        title="entropy",
        inputs=(port("score", "Scores"),),
        samples=(SCORES,),
        stem="unsure",
        icon="bottle",
    ),
)

_FEATURES = Sample(shape=(2, 3, 4, 4), least=-1.0)
_SEEN = (port("features", "Features"), port("wanted", "Wanted features"))
_STYLE = (
    piece(
        "gram_matrix",
        "Style",
        "Which channels are strong together, wherever that is: the style of a picture (Johnson et al., 2016).",
        "gram neural style transfer texture channels",
        title="Gram matrix",
        inputs=(port("features", "Features"),),
        samples=(_FEATURES,),
        stem="gram",
        icon="image",
    ),
    piece(
        "content_distance",
        "Style",
        "How far a picture is from another in what it shows (Johnson et al., 2016).",
        "loss content neural style transfer perceptual features",
        title="content loss",
        inputs=_SEEN,
        samples=(_FEATURES, _FEATURES),
        stem="content",
        icon="image",
    ),
    piece(
        "style_distance",
        "Style",
        "How far a picture is from another in style, by their Gram matrices (Johnson et al., 2016).",
        "loss style gram neural transfer texture perceptual",
        title="style loss",
        inputs=_SEEN,
        samples=(_FEATURES, _FEATURES),
        stem="style",
        icon="image",
    ),
    piece(
        "total_variation",
        "Style",
        "How much neighbouring pixels differ; small for a smooth picture (Rudin et al., 1992).",
        "loss smooth tv denoise neural style transfer regularization",
        inputs=(port("image", "Picture"),),
        samples=(_FEATURES,),
        stem="variation",
        icon="image",
    ),
)

_ASSIGNED = Sample(shape=(2, 4), least=0.1, most=0.4)
_CLUSTERING = (
    piece(
        "student_t_assignment",
        "Clustering",
        "How much each sample belongs to each group, by its distance from the centres (Xie et al., DEC, 2016).",
        "dec cluster k-means soft student t centroid unsupervised",
        {
            "freedom": {"type": "float", "default": 1.0, "minimum": 1e-3, "label": "Freedom"}
            | {"doc": "How far away a centre may be and still count; high cuts off sooner."}
        },
        title="soft assignment",
        inputs=(port("points", "Vectors"), port("centres", "Centres")),
        samples=(VECTORS, Sample(shape=(3, 4))),
        stem="groups",
        icon="blobs",
    ),
    piece(
        "sharpened_assignment",
        "Clustering",
        "Shares of groups made clearer, to learn towards (Xie et al., DEC, 2016).",
        "dec cluster target distribution self-training unsupervised",
        title="target distribution",
        inputs=(port("assignment", "Shares"),),
        samples=(_ASSIGNED,),
        stem="clearer",
        icon="blobs",
    ),
    piece(
        "assignment_kl",
        "Clustering",
        "How far shares of groups are from the wanted ones (Xie et al., DEC, 2016).",
        "loss dec cluster kl divergence kullback leibler unsupervised",
        title="cluster loss",
        inputs=(port("assignment", "Shares"), port("wanted", "Wanted shares")),
        samples=(_ASSIGNED, _ASSIGNED),
        stem="error",
        icon="blobs",
    ),
    piece(
        "kmeans",
        "Clustering",
        "The centres of groups of points, found by k-means (Lloyd, with k-means++ starts of its own seed).",
        "cluster k-means lloyd centroids centers dec start unsupervised",
        {
            "groups": {"type": "int", "default": MISSING, "minimum": 1, "maximum": 10_000, "label": "Groups"}
            | {"doc": "How many groups there are to be."},
            "rounds": {"type": "int", "default": 50, "minimum": 1, "maximum": 10_000, "label": "Rounds"}
            | {"doc": "How often points and centres are matched anew."},
            "starts": {"type": "int", "default": 10, "minimum": 1, "maximum": 1000, "label": "Starts"}
            | {"doc": "How often it begins anew; the best of them counts."},
            "seed": {"type": "int", "default": 0, "minimum": 0, "label": "Seed"}
            | {"doc": "Another seed, other starts; the random numbers of the training stay as they are."},
        },
        title="k-means",
        inputs=(port("points", "Vectors"),),
        samples=(VECTORS,),
        initial={"groups": 10},
        stem="centres",
        icon="blobs",
    ),
)

ROWS: tuple[OpRow, ...] = (*_GENERATIVE, *_REPRESENTATION, *_DISTILLATION, *_STYLE, *_CLUSTERING)
