"""Twenty random NiN architectures in PyTorch: what they are and the logits they give, as JSON.

    python3 random_architectures.py > random_architectures.json

Weights and images are sines of their place, so that the file need not hold them; RandomArchitecturesTests makes the same.
"""
import json
import math
import random

import torch
from torch import nn


def block(channels, convolutions, kernel, stride, padding, batch_norm, last_relu):
    layers = []
    for i, out in enumerate(convolutions):
        layers.append(nn.Conv2d(channels, out, kernel if i == 0 else 1, stride if i == 0 else 1, padding if i == 0 else 0))
        ends = i == len(convolutions) - 1
        if batch_norm and (last_relu or not ends):
            layers.append(nn.BatchNorm2d(out))
        if last_relu or not ends:
            layers.append(nn.ReLU())
        channels = out
    return nn.Sequential(*layers)


def draw(number):
    dice = random.Random(number)
    side, channels, classes = dice.randint(12, 40), dice.choice([1, 2, 3]), dice.randint(2, 12)
    description = {
        "side": side, "channels": channels, "batchNorm": dice.random() < 0.5, "lastReLU": dice.random() < 0.5, "blocks": [],
    }
    for i in range(dice.randint(1, 4)):
        convolutions = [dice.choice([4, 8, 9, 16, 24, 40]) for _ in range(dice.randint(1, 3))]
        kernel = dice.choice([1, 3, 3, 5, 7])
        one = {"channels": convolutions, "kernel": kernel, "stride": dice.choice([1, 1, 1, 2]), "padding": dice.randint(0, kernel // 2)}
        if dice.random() < 0.5:
            one["pooling"] = [dice.choice(["Max", "Average"]), 3, 2, dice.randint(0, 1)]
        description["blocks"].append(one)
    description["blocks"][-1]["channels"][-1] = classes
    return description


def build(description):
    parts, channels = [], description["channels"]
    for i, one in enumerate(description["blocks"]):
        last = i == len(description["blocks"]) - 1
        parts.append(block(channels, one["channels"], one["kernel"], one["stride"], one["padding"],
                           description["batchNorm"], not last or description["lastReLU"]))
        channels = one["channels"][-1]
        if "pooling" in one:
            kind, size, step, padding = one["pooling"]
            parts.append(nn.MaxPool2d(size, step, padding) if kind == "Max"
                         else nn.AvgPool2d(size, step, padding, count_include_pad=False))
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def sines(count, salt):
    return [math.sin(0.7 * i + salt) for i in range(count)]


def fill(network):
    names = [name for name in network.state_dict() if not name.endswith("num_batches_tracked")]
    for salt, name in enumerate(names):
        value = network.state_dict()[name]
        drawn = torch.tensor(sines(value.numel(), salt), dtype=torch.float64).view(value.shape)
        if name.endswith("running_var"):
            drawn = 1 + drawn * drawn
        elif value.dim() == 4:
            drawn = drawn * 2 / math.sqrt(value[0].numel())
        value.copy_(drawn.float())


def main():
    found, number = [], 0
    while len(found) < 20:
        number += 1
        description = draw(number)
        network = build(description)
        with torch.no_grad():
            fill(network)
            shape = (2, description["channels"], description["side"], description["side"])
            images = torch.tensor(sines(math.prod(shape), 0.5), dtype=torch.float64).view(shape).float()
            try:
                description["logits"] = network.double().eval()(images.double()).flatten().tolist()
            except RuntimeError:
                continue  # the window does not fit
        found.append(description)
    print(json.dumps(found, indent=1))


main()
