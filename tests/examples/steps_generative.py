"""Examples that make new digits: opponents of several kinds, and a diffusion model."""

from __future__ import annotations

from drawing import add, note, part
from graph.model import Project
from graph.ops.spec import Value


def digits(main: str, **training: object) -> Project:
    """The small digits; what is trained is kept as it is at the end, since no loss says how good samples are."""
    project = Project(data={"source": "digits"}, view={"main": main})
    project.training.update({"batch_size": 64, "early_stopping": False, "keep_best": False, "seed": 1})
    project.training.update(training)  # type: ignore[arg-type]
    return project


def _generator(project: Project) -> None:
    add(
        project,
        "generator",
        {
            "code": part("Input"),
            "hidden1": part("Linear", out_features=256),
            "relu1": part("ReLU"),
            "hidden2": part("Linear", out_features=256),
            "relu2": part("ReLU"),
            "pixels": part("Linear", out_features=64),
            "ink": part("Sigmoid"),
            "unflatten": part("Unflatten", dim=1, unflattened_size=(1, 8, 8)),
            "picture": part("Output"),
        },
        "code > hidden1 > relu1 > hidden2 > relu2 > pixels > ink > unflatten > picture",
    )


def _judge(project: Project, name: str, **held: Value) -> None:
    add(
        project,
        name,
        {
            "picture": part("Input", field="image"),
            "flatten": part("Flatten"),
            "hidden1": part("Linear", out_features=256, **held),
            "relu1": part("LeakyReLU", negative_slope=0.2),
            "hidden2": part("Linear", out_features=256, **held),
            "relu2": part("LeakyReLU", negative_slope=0.2),
            "linear": part("Linear", out_features=1, **held),
            "score": part("Output"),
        },
        "picture > flatten > hidden1 > relu1 > hidden2 > relu2 > linear > score",
    )


def look(project: Project) -> None:
    """Samples and a way between two of them, by the average of the generator's weights; some digits beside."""
    add(
        project,
        "look",
        {
            "image": part("Input", field="image"),
            "noise": part("noise", shape=(16,)),
            "made": part("call:generator", average=0.99),
            "samples": part("ShowPictures"),
            "between": part("interpolate_samples", a=0, b=1, steps=15),
            "drawn": part("call:generator", average=0.99),
            "interpolation": part("ShowPictures", as_slider=True),
            "originals": part("ShowPictures"),
        },
        "image > noise > made > samples",
        "noise > between > drawn > interpolation",
        "image > originals",
        order=2,
    )
    note(
        project,
        "look",
        "What the results show while it trains, from an average of the generator's weights over the last steps, which "
        "draws better than the generator of any one step: made digits, and the way from one of them to another.",
    )


def opponents(project: Project, *, losses: str, lr: float) -> None:
    """The two steps of a GAN: `losses` names the kind of both, `lr` is the rate of the generator."""
    add(
        project,
        "tell_apart",
        {
            "image": part("Input", field="image"),
            "noise": part("noise", shape=(16,)),
            "made": part("call:generator", detached=True),
            "of_real": part("call:discriminator"),
            "of_made": part("call:discriminator"),
            "error": part(f"{losses}_discriminator_loss"),
            "loss": part("Minimise", networks=("discriminator",), optimizer="Adam", lr=0.002),
        },
        "image > of_real > error.real",
        "image > noise > made > of_made > error.fake",
        "error > loss",
        order=0,
    )
    add(
        project,
        "fool",
        {
            "image": part("Input", field="image"),
            "noise": part("noise", shape=(16,)),
            "made": part("call:generator"),
            "score": part("call:discriminator"),
            "error": part(f"{losses}_generator_loss"),
            "loss": part("Minimise", networks=("generator",), optimizer="Adam", lr=lr),
        },
        "image > noise > made > score > error.fake",
        "error > loss",
        order=1,
    )


def gan_digits() -> Project:
    """A generator and a discriminator with spectral norms and hinge losses (Miyato et al., 2018)."""
    project = digits("generator", **{"optimizer": "Adam", "optimizer.Adam.betas": (0.0, 0.99), "epochs": 200})
    _generator(project)
    _judge(project, "discriminator", **{"@norm": "spectral"})
    opponents(project, losses="hinge", lr=0.0005)
    note(
        project,
        "tell_apart",
        "First of two opponents: the discriminator learns to score digits high and made pictures low. The spectral "
        "norms of its layers keep it from becoming so sure of itself that the generator learns nothing from it.",
    )
    note(
        project,
        "fool",
        "Second of two opponents: the generator learns to make pictures which the discriminator scores high. Neither "
        "loss says how good the pictures are: look at them in the results.",
    )
    look(project)
    return project


def wasserstein_gan() -> Project:
    """A generator and a critic whose slope is kept near one (Gulrajani et al., 2017)."""
    project = digits("generator", **{"optimizer": "Adam", "optimizer.Adam.betas": (0.0, 0.9), "epochs": 150})
    _generator(project)
    _judge(project, "critic")
    add(
        project,
        "criticise",
        {
            "image": part("Input", field="image"),
            "noise": part("noise", shape=(16,)),
            "made": part("call:generator", detached=True),
            "of_real": part("call:critic"),
            "of_made": part("call:critic"),
            "error": part("wasserstein_critic_loss"),
            "between": part("random_between"),
            "tracked": part("track"),
            "of_between": part("call:critic"),
            "height": part("sum"),
            "slope": part("Gradient", create_graph=True),
            "penalty": part("gradient_penalty"),
            "weighed": part("mul_number", other=10.0),
            "total": part("add"),
            "loss": part("Minimise", networks=("critic",), optimizer="Adam", lr=0.0005),
            "apart": part("neg"),
            "distance": part("LogValue"),
            "steepness": part("LogValue"),
        },
        "image > of_real > error.real",
        "image > noise > made > of_made > error.fake",
        "made > between.first",
        "image > between.second",
        "between > tracked > of_between > height > slope.number",
        "tracked > slope.tensor",
        "slope > penalty > weighed > total",
        "error > total > loss",
        "error > apart > distance",
        "penalty > steepness",
        order=0,
    )
    add(
        project,
        "fool",
        {
            "image": part("Input", field="image"),
            "noise": part("noise", shape=(16,)),
            "made": part("call:generator"),
            "score": part("call:critic"),
            "error": part("wasserstein_generator_loss"),
            "loss": part("Minimise", networks=("generator",), optimizer="Adam", lr=0.0005, every=3),
        },
        "image > noise > made > score > error.fake",
        "error > loss",
        order=1,
    )
    note(
        project,
        "criticise",
        "The critic scores digits as far above made pictures as it can, but its slope between the two is kept near 1. "
        "So the difference, the distance of the curves, tells how far apart the two kinds are, and shrinks as the "
        "pictures become better.",
    )
    note(
        project,
        "fool",
        "The generator learns to make what the critic scores high, in every third step: the critic has to be right "
        "before anything can be learned from it.",
    )
    look(project)
    return project


def diffusion() -> Project:
    """A network that takes noise off digits, in continuous time (Salimans and Ho, 2022)."""
    project = digits("denoiser", **{"optimizer": "Adam", "optimizer.Adam.lr": 0.002, "epochs": 1000})
    project.training["scheduler"] = "CosineAnnealingLR"
    add(
        project,
        "denoiser",
        {
            "image": part("Input", field="image"),
            "time": part("Input"),
            "flatten": part("Flatten"),
            "waves": part("time_embedding"),
            "both": part("cat", dim=1),
            "hidden1": part("Linear", out_features=512),
            "silu1": part("SiLU"),
            "hidden2": part("Linear", out_features=512),
            "silu2": part("SiLU"),
            "sum2": part("add"),
            "hidden3": part("Linear", out_features=512),
            "silu3": part("SiLU"),
            "sum3": part("add"),
            "pixels": part("Linear", out_features=64),
            "unflatten": part("Unflatten", dim=1, unflattened_size=(1, 8, 8)),
            "velocity": part("Output"),
        },
        "image > flatten > both > hidden1 > silu1 > sum2 > sum3 > pixels > unflatten > velocity",
        "time > waves > both",
        "silu1 > hidden2 > silu2 > sum2",
        "sum2 > hidden3 > silu3 > sum3",
    )
    add(
        project,
        "denoise",
        {
            "image": part("Input", field="image"),
            "doubled": part("mul_number", other=2.0),
            "scaled": part("sub_number", other=1.0),
            "noise": part("randn_like"),
            "time": part("random_times"),
            "noisy": part("noised"),
            "guess": part("call:denoiser"),
            "target": part("velocity"),
            "error": part("mse_loss"),
            "loss": part("Minimise"),
        },
        "image > doubled > scaled > noise",
        "scaled > time",
        "scaled > noisy.input",
        "noise > noisy.noise",
        "time > noisy.time",
        "noisy > guess.image",
        "time > guess.time",
        "scaled > target.input",
        "noise > target.noise",
        "time > target.time",
        "guess > error.input",
        "target > error.target",
        "error > loss",
        order=0,
    )
    add(
        project,
        "look",
        {
            "image": part("Input", field="image"),
            "noise": part("randn_like"),
            "drawn": part("Denoise", network="denoiser", steps=100, average=0.999),
            "samples": part("ShowPictures", low=-1.0),
            "originals": part("ShowPictures"),
        },
        "image > noise > drawn > samples",
        "image > originals",
        order=1,
    )
    note(
        project,
        "denoise",
        "Each digit becomes noise over a time from 0 to 1, and is stopped at a random moment on the way. The network "
        "sees it there, is told the time, and learns to say in which direction the way goes on.",
    )
    note(
        project,
        "look",
        "What the results show while it trains: pure noise that is led back in 100 steps along what the network says, "
        "by an average of its weights over the last steps, until digits stand there that never were.",
    )
    return project


EXAMPLES = {"gan-digits": gan_digits, "wasserstein-gan": wasserstein_gan, "diffusion": diffusion}
