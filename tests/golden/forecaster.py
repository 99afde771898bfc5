"""Forecaster: 2 layers, 361 weights; drawn in Layerloom."""

from torch import Tensor, nn


class Forecaster(nn.Module):
    """Answers next, given past.

    Shape:
        past: N × 24 × 1
        next: N
    """

    def __init__(self) -> None:
        super().__init__()
        self.lstm1 = nn.LSTM(1, 8, batch_first=True)
        self.linear1 = nn.Linear(8, 1)

    def forward(self, past: Tensor) -> Tensor:
        x, _ = self.lstm1(past)  # N × 24 × 8
        x = x.select(1, -1)  # N × 8
        x = self.linear1(x)  # N × 1
        return x.squeeze(1)  # N
