"""Which digit is it, and how much ink is on it?"""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset, random_split

digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
kinds, ink = torch.tensor(digits.target), images.mean(dim=(1, 2, 3)) * 4
samples = TensorDataset(images, kinds, ink)
train, val = random_split(samples, [0.8, 0.2], torch.Generator().manual_seed(0))
train_loader = DataLoader(train, batch_size=64, shuffle=True)
val_loader = DataLoader(val, batch_size=64)


class Network(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(1, width, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.kind = nn.Linear(9 * width, 10)
        self.ink = nn.Linear(9 * width, 1)

    def forward(self, images):
        hidden = self.trunk(images)
        return self.kind(hidden), self.ink(hidden).squeeze(1)


def kind_loss(outputs, batch):
    return F.cross_entropy(outputs[0], batch[1])


def ink_loss(outputs, batch):
    return F.mse_loss(outputs[1], batch[2])


def main():
    network = Network()
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for epoch in range(5):
        for batch in train_loader:
            outputs = network(batch[0])
            loss = kind_loss(outputs, batch) + 0.5 * ink_loss(outputs, batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            right = [(network(x)[0].argmax(1) == y).float() for x, y, _ in val_loader]
        print(epoch, torch.cat(right).mean())


if __name__ == "__main__":
    main()
