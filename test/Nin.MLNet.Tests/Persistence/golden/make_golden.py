"""Writes golden.safetensors (weights) and golden.json (images and logits) with PyTorch; run with any PyTorch from 1.13 on.

The network is the nn.Sequential of NinArchitecture(1, [NinBlock([6, 5, 4], 3, 1, 1) pool 3x3/2, NinBlock(3, 3, 1, 1)]) with batch norm.
"""
import json
import struct

import torch
from torch import nn

torch.manual_seed(0)


def block(inp, channels, relu_last):
    layers = []
    for i, out in enumerate(channels):
        layers.append(nn.Conv2d(inp, out, 3 if i == 0 else 1, 1, 1 if i == 0 else 0))
        if relu_last or i < len(channels) - 1:
            layers += [nn.BatchNorm2d(out), nn.ReLU()]
        inp = out
    return nn.Sequential(*layers)


net = nn.Sequential(block(1, [6, 5, 4], True), nn.MaxPool2d(3, 2), block(4, [3, 3, 3], False), nn.AdaptiveAvgPool2d(1), nn.Flatten())
net.train()
for _ in range(20):
    net(torch.randn(16, 1, 12, 12))
net.eval()
images = torch.randn(4, 1, 12, 12)
with torch.no_grad():
    logits = net(images)

header, data, offset = {}, b"", 0
for name, value in net.state_dict().items():
    kind = "I64" if value.dtype == torch.int64 else "F32"
    raw = value.contiguous().numpy().tobytes()
    header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [offset, offset + len(raw)]}
    data, offset = data + raw, offset + len(raw)
text = json.dumps(header).encode()
with open("golden.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
with open("golden.json", "w") as file:
    json.dump({"torch": torch.__version__, "images": images.flatten().tolist(), "logits": logits.flatten().tolist()}, file)
