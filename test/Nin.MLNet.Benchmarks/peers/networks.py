"""The two measured networks, as PyTorch has them: "large" is the book's at 1x224x224, "small" the trainer's default at 1x28x28.

The trainer's default has width 32, or 16 where time is short.
"""
from torch import nn

SIDE = {"large": 224, "small": 28}


def block(inputs, channels, kernel, stride, padding, norm=False, last_relu=True):
    layers = []
    for i, outputs in enumerate(channels):
        layers.append(nn.Conv2d(inputs, outputs, kernel, stride, padding) if i == 0 else nn.Conv2d(inputs, outputs, 1))
        if last_relu or i < len(channels) - 1:
            layers += ([nn.BatchNorm2d(outputs)] if norm else []) + [nn.ReLU()]
        inputs = outputs
    return layers


def network(name, width=32):
    if name == "large":
        body = [*block(1, [96] * 3, 11, 4, 0), nn.MaxPool2d(3, 2), *block(96, [256] * 3, 5, 1, 2), nn.MaxPool2d(3, 2),
                *block(256, [384] * 3, 3, 1, 1), nn.MaxPool2d(3, 2), nn.Dropout(0.5), *block(384, [10] * 3, 3, 1, 1)]
    else:
        w = width // 2
        body = [*block(1, [w] * 2, 3, 1, 1, True), *block(w, [2 * w] * 2, 3, 1, 1, True), nn.MaxPool2d(3, 2, 1),
                *block(2 * w, [4 * w] * 2, 3, 1, 1, True), *block(4 * w, [4 * w] * 2, 3, 1, 1, True), nn.MaxPool2d(3, 2, 1),
                *block(4 * w, [8 * w] * 2, 3, 1, 1, True), *block(8 * w, [8 * w, 8 * w, 10], 3, 1, 1, True, last_relu=False)]
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten())
