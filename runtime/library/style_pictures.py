"""A pair of pictures, one for its content and one for its style, as tensors by field."""

from PIL import Image
from sklearn import datasets
from torch import Tensor

from runtime.library.errors import BadDataError
from runtime.library.pictures import open_picture, picture_bytes


def pictures_for_style(
    *,
    content: str,
    style: str,
    size: int,
    steps: int,
) -> dict[str, Tensor]:
    """Content and style (steps, 3, size, size) from 0 to 1: the same pair at each step.

    They are files, or where none is named a temple and a flower of scikit-learn.
    """
    pair = {
        "content": square_picture(content, "china.jpg", size),
        "style": square_picture(style, "flower.jpg", size),
    }
    return {name: one.expand(steps, -1, -1, -1) for name, one in pair.items()}


def square_picture(file: str, sample: str, size: int) -> Tensor:
    """The middle square of a picture (3, size, size); of the sample where no file is named."""
    try:
        if file:
            picture = open_picture(file)
        else:
            picture = Image.fromarray(datasets.load_sample_image(sample))
    except BadDataError as error:
        raise BadDataError(f"{file}: {error}. Choose another picture.") from error
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.crop((left, top, left + side, top + side))
    return picture_bytes(square, size, size, 3).float() / 255
