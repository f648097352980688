"""Exports the measured networks for the ONNX peers: export_onnx.py {large|small} FILE"""
import sys

import torch
from torch import nn


def block(inp, channels, kernel, stride, padding, norm, last):
    layers = []
    for i, out in enumerate(channels):
        layers.append(nn.Conv2d(inp, out, kernel if i == 0 else 1, stride if i == 0 else 1, padding if i == 0 else 0))
        if last or i < len(channels) - 1:
            layers += ([nn.BatchNorm2d(out)] if norm else []) + [nn.ReLU()]
        inp = out
    return layers


if sys.argv[1] == "large":
    side = 224
    body = (block(1, [96] * 3, 11, 4, 0, False, True) + [nn.MaxPool2d(3, 2)] + block(96, [256] * 3, 5, 1, 2, False, True) + [nn.MaxPool2d(3, 2)]
            + block(256, [384] * 3, 3, 1, 1, False, True) + [nn.MaxPool2d(3, 2)] + block(384, [10] * 3, 3, 1, 1, False, True))
else:
    side = 28
    body = (block(1, [32] * 2, 3, 1, 1, True, True) + [nn.MaxPool2d(3, 2, 1)] + block(32, [64] * 2, 3, 1, 1, True, True)
            + block(64, [96] * 2, 3, 1, 1, True, True) + [nn.MaxPool2d(3, 2, 1)] + block(96, [160] * 2, 3, 1, 1, True, True)
            + block(160, [160, 160, 10], 3, 1, 1, True, False))
net = nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Softmax(1)).eval()
torch.onnx.export(net, torch.randn(1, 1, side, side), sys.argv[2], input_names=["images"], output_names=["scores"],
                  dynamic_axes={"images": {0: "n"}, "scores": {0: "n"}}, opset_version=13)
