"""TwoInputs: 5 layers, 1,627 weights; drawn in Layerloom."""

import torch
from torch import Tensor, nn


class TwoInputs(nn.Module):
    """Answers digit and next, given image and features.

    Shape:
        picture: N × 1 × 8 × 8, the field image
        table: N × 13, the field features
        digit: N × 10
        next: N
    """

    def __init__(self) -> None:
        super().__init__()
        self.flatten1 = nn.Flatten()
        self.linear1 = nn.Linear(64, 16)
        self.linear2 = nn.Linear(13, 16)
        self.linear3 = nn.Linear(32, 10)
        self.linear4 = nn.Linear(32, 1)

    def forward(self, picture: Tensor, table: Tensor) -> tuple[Tensor, Tensor]:
        x = self.flatten1(picture)  # N × 64
        linear1 = self.linear1(x)  # N × 16
        x = self.linear2(table)  # N × 16
        cat1 = torch.cat([linear1, x], dim=1)  # N × 32
        linear3 = self.linear3(cat1)  # N × 10
        x = self.linear4(cat1)  # N × 1
        x = x.squeeze(1)  # N
        return linear3, x
