"""The small data sets that come with scikit-learn, as tensors by field."""

import torch
from sklearn import datasets
from torch import Tensor


def digits() -> dict[str, Tensor]:
    """1,797 hand-written digits: image (N, 1, 8, 8) from 0 to 1, digit (N,)."""
    found = datasets.load_digits()
    image = torch.from_numpy(found.images).float().unsqueeze(1) / 16
    return {"image": image, "digit": torch.from_numpy(found.target).long()}


def digits_ink() -> dict[str, Tensor]:
    """Digits: image (N, 1, 8, 8), ink (N, 16) of its rows and columns, digit (N,)."""
    found = datasets.load_digits()
    image = torch.from_numpy(found.images).float().unsqueeze(1) / 16
    ink = torch.cat([image.sum(3), image.sum(2)], 2).squeeze(1)
    return {
        "image": image,
        "ink": ink,
        "digit": torch.from_numpy(found.target).long(),
    }


def iris() -> dict[str, Tensor]:
    """150 flowers: features (N, 4) in cm, species (N,)."""
    found = datasets.load_iris()
    features = torch.from_numpy(found.data).float()
    return {"features": features, "species": torch.from_numpy(found.target).long()}


def wine() -> dict[str, Tensor]:
    """178 wines: features (N, 13) of chemistry, cultivar (N,)."""
    found = datasets.load_wine()
    features = torch.from_numpy(found.data).float()
    return {"features": features, "cultivar": torch.from_numpy(found.target).long()}


def breast_cancer() -> dict[str, Tensor]:
    """569 tumours: features (N, 30) of cell nuclei, diagnosis (N,)."""
    found = datasets.load_breast_cancer()
    features = torch.from_numpy(found.data).float()
    return {"features": features, "diagnosis": torch.from_numpy(found.target).long()}


def diabetes() -> dict[str, Tensor]:
    """442 patients: features (N, 10), progression (N,) of the illness after a year."""
    found = datasets.load_diabetes(scaled=False)
    features = torch.from_numpy(found.data).float()
    progression = torch.from_numpy(found.target).float()
    return {"features": features, "progression": progression}
