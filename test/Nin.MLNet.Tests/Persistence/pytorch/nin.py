"""A Network in Network of Nin.MLNet in PyTorch, its weights taken over both ways; any PyTorch from 1.13 on, nothing else.

    python3 nin.py FOLDER

reads FOLDER/model.json (architecture, as System.Text.Json writes a NinArchitecture; pixelMeans; pixelStds; shape of the images
[N, C, H, W]), FOLDER/images.f32 and FOLDER/ours.safetensors (NinModelParameters.SaveWeights), and writes ours.json, what PyTorch
scores with these weights; then it trains a network of its own for some steps and writes theirs.safetensors
(NinModelParameters.FromWeights) and theirs.json. Exit code 77: there is no PyTorch here.
"""
import json
import os
import struct
import sys

try:
    import torch
    from torch import nn
except ImportError:
    sys.exit(77)

MAX = 0
TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64}


def network(architecture):
    """The nn.Sequential whose state dict has the names that Nin.MLNet writes."""
    inputs, layers = architecture["InputChannels"], []
    for number, block in enumerate(architecture["Blocks"]):
        last, parts = number == len(architecture["Blocks"]) - 1, []
        for i, outputs in enumerate(block["Channels"]):
            window = (block["KernelSize"], block["Stride"], block["Padding"]) if i == 0 else (1, 1, 0)
            parts.append(nn.Conv2d(inputs, outputs, *window))
            if not (last and i == len(block["Channels"]) - 1 and not architecture["LastReLU"]):
                parts += ([nn.BatchNorm2d(outputs)] if architecture["BatchNorm"] else []) + [nn.ReLU()]
            inputs = outputs
        layers.append(nn.Sequential(*parts))
        pooling = block["Pooling"]
        if pooling:
            window = (pooling["KernelSize"], pooling["Stride"], pooling["Padding"])
            layers.append(nn.MaxPool2d(*window) if pooling["Kind"] == MAX else nn.AvgPool2d(*window, count_include_pad=False))
        if block["Dropout"] > 0:
            layers.append(nn.Dropout(block["Dropout"]))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        values = bytearray(file.read())
    return {
        name: torch.frombuffer(values[slice(*entry["data_offsets"])], dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items() if name != "__metadata__"
    }


def write_safetensors(path, state):
    header, values = {}, b""
    for name, value in state.items():
        raw = value.detach().contiguous().numpy().tobytes()
        kind = next(kind for kind, dtype in TYPES.items() if dtype == value.dtype)
        header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [len(values), len(values) + len(raw)]}
        values += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + values)


def write_scores(path, net, images):
    net.eval()
    with torch.no_grad(), open(path, "w") as file:
        json.dump(net(images).softmax(1).flatten().tolist(), file)


def main(folder):
    def inside(name):
        return os.path.join(folder, name)

    torch.manual_seed(1)
    torch.set_num_threads(1)
    with open(inside("model.json")) as file:
        model = json.load(file)
    with open(inside("images.f32"), "rb") as file:
        images = torch.frombuffer(bytearray(file.read()), dtype=torch.float32).reshape(model["shape"])
    means, stds = (torch.tensor(model[name]).reshape(1, -1, 1, 1) for name in ("pixelMeans", "pixelStds"))
    images = (images - means) / stds

    ours = network(model["architecture"])
    missing, surplus = ours.load_state_dict(read_safetensors(inside("ours.safetensors")), strict=False)
    # PyTorch counts batches in a tensor that is not used in the arithmetic.
    assert not surplus and all(name.endswith("num_batches_tracked") for name in missing), (missing, surplus)
    write_scores(inside("ours.json"), ours, images)

    theirs = network(model["architecture"])
    classes = torch.arange(len(images)) % model["architecture"]["Blocks"][-1]["Channels"][-1]
    optimizer = torch.optim.SGD(theirs.parameters(), 0.05)
    for _ in range(5):
        optimizer.zero_grad()
        nn.functional.cross_entropy(theirs(images), classes).backward()
        optimizer.step()
    write_safetensors(inside("theirs.safetensors"), theirs.state_dict())
    write_scores(inside("theirs.json"), theirs, images)


if __name__ == "__main__":
    main(sys.argv[1])
