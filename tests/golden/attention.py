"""Attention: 4 layers, 1,418 weights; drawn in Layerloom."""

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """Answers digit, given words.

    Shape:
        words: N × 12 int64
        digit: N × 10
    """

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(8, 16)
        self.mha = nn.MultiheadAttention(16, 4, batch_first=True)
        self.norm1 = nn.LayerNorm(16)
        self.linear1 = nn.Linear(16, 10)

    def forward(self, words: Tensor) -> Tensor:
        embed = self.embed(words)  # N × 12 × 16
        x, _ = self.mha(embed, embed, embed)
        x = embed + x
        x = self.norm1(x)
        x = torch.mean(x, dim=1)  # N × 16
        return self.linear1(x)  # N × 10
