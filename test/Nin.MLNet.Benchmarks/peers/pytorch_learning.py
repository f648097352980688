"""The trainer's default recipe in PyTorch: how far it gets on Fashion-MNIST in a given time, reading the files included.

usage: pytorch_learning.py FOLDER WIDTH {nchw|channels_last} {float32|bfloat16} THREADS SECONDS SEED
Prints "threads N", N as PyTorch counts them, then test accuracy, test log-loss, epochs and width, a line each.
"""
import gzip
import os
import sys
import time

import numpy
import torch
from networks import network
from torch import nn
from torch.nn.functional import cross_entropy, pad, unfold

BATCH, SIDE, SHIFT = 128, 28, 1
RATE, WARM_UP, FINAL_SHARE, DECAY, SMOOTHING = 0.2, 0.2, 0.01, 5e-4, 0.1
begin = time.perf_counter()
folder, width, layout, precision, threads, seconds, seed = sys.argv[1:]
torch.set_num_threads(int(threads))
print("threads", torch.get_num_threads(), flush=True)
torch.manual_seed(int(seed))
memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format


def read(name, header):
    with gzip.open(os.path.join(folder, name + ".gz")) as stream:
        return torch.from_numpy(numpy.frombuffer(stream.read(), numpy.uint8, offset=header).copy())


def read_set(name):
    return read(name + "-images-idx3-ubyte", 16).view(-1, 1, SIDE, SIDE), read(name + "-labels-idx1-ubyte", 8).long()


images, labels = read_set("train")
test_images, test_labels = read_set("t10k")
mean, deviation = images.float().mean(), images.float().std()


def prepare(pixels):
    return ((pixels.float() - mean) / deviation).contiguous(memory_format=memory_format)


def start(net):
    """Every convolution but the last passes its inputs on; the first one's filters are the components of patches and stay fixed."""
    convolutions = [layer for layer in net if isinstance(layer, nn.Conv2d)]
    with torch.no_grad():
        for layer in convolutions:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
            if layer is not convolutions[-1]:
                both, middle = min(layer.in_channels, layer.out_channels), layer.kernel_size[0] // 2
                layer.weight[:both] = 0
                layer.weight[:both, :both, middle, middle] = torch.eye(both)
        patches = unfold(prepare(images[torch.randperm(len(images))[:2000]]), 3, padding=1).transpose(1, 2).reshape(-1, 9).double()
        variances, components = torch.linalg.eigh(patches.T @ patches / len(patches))
        filters = (components / (variances + 5e-4).sqrt()).T.flip(0).float().view(-1, 1, 3, 3)
        first = convolutions[0].weight
        pairs = min(len(first) // 2, len(filters))
        first[:pairs], first[pairs:2 * pairs] = filters[:pairs], -filters[:pairs]
    first.requires_grad_(False)


def rate(share):
    """The learning rate after a share of the time: one cycle."""
    if share < WARM_UP:
        return RATE * share / WARM_UP
    return RATE * (FINAL_SHARE + (1 - FINAL_SHARE) * max(0, 1 - (share - WARM_UP) / (1 - WARM_UP)))


net = network("small", int(width))
start(net)
net = net.to(memory_format=memory_format).train()
learning = [parameter for parameter in net.parameters() if parameter.requires_grad]
optimizer = torch.optim.SGD([{"params": [p for p in learning if p.dim() > 1], "weight_decay": DECAY},
                             {"params": [p for p in learning if p.dim() == 1], "weight_decay": 0}],
                            lr=RATE, momentum=0.9, nesterov=True)
padded = pad(images.float(), (SHIFT,) * 4, mode="reflect").byte()
sides = torch.randint(2, (len(images),))  # Whether an image is mirrored in even epochs or in odd ones.
along = torch.arange(SIDE)


def augmented(rows, epoch):
    shift_y, shift_x = torch.randint(2 * SHIFT + 1, (2, len(rows), 1))
    across = torch.where(((sides[rows] + epoch) % 2 == 0)[:, None], SIDE - 1 - along, along)
    return padded[rows[:, None, None], 0, (shift_y + along)[:, :, None], (shift_x + across)[:, None, :]][:, None]


def logits(pixels):
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16"):
        return net(prepare(pixels)).float()


epoch, seen, share = 0, 0, 0.0
while share < 1:
    for rows in torch.randperm(len(images)).split(BATCH):
        share = (time.perf_counter() - begin) / float(seconds)
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate(share)
        optimizer.zero_grad(set_to_none=True)
        cross_entropy(logits(augmented(rows, epoch)), labels[rows], label_smoothing=SMOOTHING).backward()
        optimizer.step()
        seen += len(rows)
    epoch += 1
net.eval()
with torch.inference_mode():
    scores = torch.cat([logits(part) for part in test_images.split(500)])
print((scores.argmax(1) == test_labels).float().mean().item())
print(cross_entropy(scores, test_labels).item())
print(seen / len(images))
print(width)
