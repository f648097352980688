"""Exports a measured network for the ONNX peers: export_onnx.py {large|small} FILE"""
import sys

import torch
from networks import SIDE, network
from torch import nn

name, file = sys.argv[1:]
images = torch.randn(1, 1, SIDE[name], SIDE[name])
torch.onnx.export(nn.Sequential(network(name), nn.Softmax(1)).eval(), images, file, input_names=["images"], output_names=["scores"],
                  dynamic_axes={"images": {0: "n"}, "scores": {0: "n"}}, opset_version=13)
