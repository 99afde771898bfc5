"""Weights: 8 layers, 3,472 weights; drawn in Layerloom."""

from torch import Tensor, nn


class Weights(nn.Module):
    """Answers digit, given words.

    Shape:
        words: N × 12 int64
        digit: N × 12 × 6
    """

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(8, 16)
        self.lstm = nn.LSTM(16, 16, batch_first=True)
        self.normed = nn.utils.parametrizations.spectral_norm(nn.Linear(16, 16))
        self.tanh = nn.Tanh()
        self.decoder = nn.Linear(16, 8)
        self.conv = nn.Conv1d(12, 12, kernel_size=3)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv1d(12, 12, kernel_size=3, padding=1)
        nn.init.normal_(self.embedding.weight)
        nn.init.orthogonal_(self.lstm.get_parameter("weight_hh_l0"))
        nn.init.zeros_(self.normed.get_parameter("bias"))
        nn.init.zeros_(self.conv.get_parameter("bias"))
        nn.init.kaiming_normal_(self.conv2.weight, mode="fan_out", nonlinearity="relu")
        self.decoder.weight = self.embedding.weight
        self.conv.requires_grad_(False)

    def forward(self, words: Tensor) -> Tensor:
        x = self.embedding(words)  # N × 12 × 16
        x, _ = self.lstm(x)
        x = self.normed(x)
        x = self.tanh(x)
        x = self.decoder(x)  # N × 12 × 8
        x = self.conv(x)  # N × 12 × 6
        x = self.relu(x)
        return self.conv2(x)
