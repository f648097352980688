"""The peer: the same network in PyTorch. Prints one line: train|score images/s.

usage: pytorch_peer.py {stock|tuned} {train|score|matmul} [batch] [steps]
"tuned" is what an expert does: channels_last, bf16 autocast (and jemalloc, preloaded by the caller).
"""
import sys
import time

import torch
from torch import nn

mode, what = sys.argv[1], sys.argv[2]
batch = int(sys.argv[3]) if len(sys.argv) > 3 else 128
steps = int(sys.argv[4]) if len(sys.argv) > 4 else 3


def nin_block(inp, out, kernel, stride, padding):
    return nn.Sequential(
        nn.Conv2d(inp, out, kernel, stride, padding), nn.ReLU(),
        nn.Conv2d(out, out, 1), nn.ReLU(), nn.Conv2d(out, out, 1), nn.ReLU())


torch.manual_seed(0)
net = nn.Sequential(
    nin_block(1, 96, 11, 4, 0), nn.MaxPool2d(3, 2),
    nin_block(96, 256, 5, 1, 2), nn.MaxPool2d(3, 2),
    nin_block(256, 384, 3, 1, 1), nn.MaxPool2d(3, 2), nn.Dropout(0.5),
    nin_block(384, 10, 3, 1, 1), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten())
tuned = mode == "tuned"
x, y = torch.randn(batch, 1, 224, 224), torch.randint(0, 10, (batch,))
if tuned:
    net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)


def train():
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=tuned):
        loss = nn.functional.cross_entropy(net(x).float(), y)
    loss.backward()
    optimizer.step()


def score():
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=tuned):
        net(x).float().softmax(1)


net.train(what == "train")
step = train if what == "train" else score
step()
for _ in range(steps):
    start = time.perf_counter()
    step()
    print(f"{batch / (time.perf_counter() - start):.1f}", flush=True)
