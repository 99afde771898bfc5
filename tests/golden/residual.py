"""Residual: 4 layers, 192 weights; drawn in Layerloom."""

import torch
from torch import Tensor, nn


class Residual(nn.Module):
    """Answers digit, given image.

    Shape:
        image: N × 1 × 8 × 8
        digit: N × 4
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, kernel_size=3, padding="same")
        self.conv1 = nn.Conv2d(4, 4, kernel_size=3, padding="same", bias=False)
        self.norm1 = nn.BatchNorm2d(4)
        self.relu1 = nn.ReLU()

    def forward(self, image: Tensor) -> Tensor:
        stem = self.stem(image)  # N × 4 × 8 × 8
        x = self.conv1(stem)
        x = self.norm1(x)
        x = self.relu1(x)
        x = stem + x
        return torch.mean(x, dim=(2, 3))  # N × 4
