"""Exports a measured network for the ONNX peers: export_onnx.py {large|small} FILE [WEIGHTS.safetensors]"""
import json
import sys

import torch
from networks import SIDE, network
from torch import nn


def weights(file):
    """What SaveWeights wrote: 8 bytes of header length, a JSON header, then float32 values."""
    with open(file, "rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
        values = torch.frombuffer(bytearray(stream.read()), dtype=torch.float32)
    return {key: values[entry["data_offsets"][0] // 4:entry["data_offsets"][1] // 4].reshape(entry["shape"]) for key, entry in header.items()}


name, file = sys.argv[1:3]
net = network(name)
if len(sys.argv) > 3:
    known = weights(sys.argv[3])
    # Batch norm's counters are PyTorch's alone.
    net.load_state_dict({key: known.get(key, value) if key.endswith("num_batches_tracked") else known[key] for key, value in net.state_dict().items()})
images = torch.randn(1, 1, SIDE[name], SIDE[name])
torch.onnx.export(nn.Sequential(net, nn.Softmax(1)).eval(), images, file, input_names=["images"], output_names=["scores"],
                  dynamic_axes={"images": {0: "n"}, "scores": {0: "n"}}, opset_version=13)
