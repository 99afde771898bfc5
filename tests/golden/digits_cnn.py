"""DigitsCnn: 6 layers, 5,450 weights; drawn in Layerloom."""

from torch import Tensor, nn


class DigitsCnn(nn.Module):
    """Answers digit, given image.

    Shape:
        image: N × 1 × 8 × 8
        digit: N × 10
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, kernel_size=3, padding="same")
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.flatten1 = nn.Flatten()
        self.dropout1 = nn.Dropout(p=0.25)
        self.linear1 = nn.Linear(512, 10)

    def forward(self, image: Tensor) -> Tensor:
        x = self.conv1(image)  # N × 32 × 8 × 8
        x = self.relu1(x)
        x = self.pool1(x)  # N × 32 × 4 × 4
        x = self.flatten1(x)  # N × 512
        x = self.dropout1(x)
        return self.linear1(x)  # N × 10
