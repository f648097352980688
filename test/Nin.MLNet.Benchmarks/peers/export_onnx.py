"""Exports a measured network for the ONNX peers: export_onnx.py {large|small} FILE [WEIGHTS.safetensors MEAN DEVIATION]

With weights, the network takes pixels as they are and normalises them itself.
"""
import json
import sys

import torch
from networks import SIDE, network
from torch import nn


def read_weights(file):
    """What SaveWeights wrote, in its order: 8 bytes of header length, a JSON header, then float32 values."""
    with open(file, "rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
        values = torch.frombuffer(bytearray(stream.read()), dtype=torch.float32)
    for entry in header.values():
        start, end = (offset // 4 for offset in entry["data_offsets"])
        yield values[start:end].reshape(entry["shape"])


class Normalize(nn.Module):
    def __init__(self, mean, deviation):
        super().__init__()
        self.mean, self.deviation = mean, deviation

    def forward(self, pixels):
        return (pixels - self.mean) / self.deviation


name, file = sys.argv[1:3]
body = network(name)
layers = [body, nn.Softmax(1)]
if len(sys.argv) > 3:
    # The same layers in the same order, but with flat names here; only PyTorch has batch norm's counters.
    names = [key for key in body.state_dict() if not key.endswith("num_batches_tracked")]
    weights = list(read_weights(sys.argv[3]))
    assert len(names) == len(weights), f"{len(names)} weights expected, {len(weights)} found"
    body.load_state_dict(dict(zip(names, weights)), strict=False)
    layers.insert(0, Normalize(float(sys.argv[4]), float(sys.argv[5])))
images = torch.randn(1, 1, SIDE[name], SIDE[name])
torch.onnx.export(nn.Sequential(*layers).eval(), images, file, input_names=["images"], output_names=["scores"],
                  dynamic_axes={"images": {0: "n"}, "scores": {0: "n"}}, opset_version=13)
