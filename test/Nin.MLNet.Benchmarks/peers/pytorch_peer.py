"""The PyTorch peer: a measured network at batch 128. The caller chooses the allocator, by its environment.

usage: pytorch_peer.py {large|small} {train|score|both} {nchw|channels_last} {float32|bfloat16} THREADS SECONDS [WIDTH]
Prints "threads N", N as PyTorch counts them, then the median images/s of training or scoring, a line each, measured for so many seconds.
"""
import statistics
import sys
import time

import torch
from networks import SIDE, network
from torch import nn

BATCH = 128
name, what, layout, precision, threads, seconds = sys.argv[1:7]
width = int(sys.argv[7]) if len(sys.argv) > 7 else 32
torch.set_num_threads(int(threads))
print("threads", torch.get_num_threads(), flush=True)
torch.manual_seed(0)
memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format
images = torch.randn(BATCH, 1, SIDE[name], SIDE[name]).to(memory_format=memory_format)
labels = torch.randint(0, 10, (BATCH,))


def autocast():
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16")


def trainer():
    net = network(name, width).to(memory_format=memory_format).train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with autocast():
            logits = net(images)
        nn.functional.cross_entropy(logits.float(), labels).backward()
        optimizer.step()

    return step


def scorer():
    layers = []
    for layer in network(name, width).eval():
        if isinstance(layer, nn.BatchNorm2d):
            layers[-1] = nn.utils.fusion.fuse_conv_bn_eval(layers[-1], layer)
        else:
            layers.append(layer)
    net = nn.Sequential(*layers).to(memory_format=memory_format)

    def step():
        with torch.inference_mode(), autocast():
            net(images).float().softmax(1)

    return step


def rates(step, limit):
    """Images/s of each step that begins within the limit, at least of one."""
    found, start = [], time.perf_counter()
    while not found or time.perf_counter() - start < limit:
        before = time.perf_counter()
        step()
        found.append(BATCH / (time.perf_counter() - before))
    return found


for make in {"train": [trainer], "score": [scorer], "both": [trainer, scorer]}[what]:
    run = make()
    rates(run, float(seconds) / 3)
    print(statistics.median(rates(run, float(seconds))), flush=True)
