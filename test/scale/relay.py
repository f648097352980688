"""A switch with slow cables: passes frames between the ports named, each after the delay, in the order in which they came.

usage: relay.py <delay in seconds> <port> <port> ...

For kernels without netem. Large segments and checksums that are still to be filled in pass as they are, with the header in which the
kernel describes them (PACKET_VNET_HDR): one call reads and one writes up to 64 KiB. Needs root. When ended (SIGTERM) it says on standard
output how much it passed and what processor time that took.
"""

import collections
import os
import select
import signal
import socket
import sys
import time

# linux/if_packet.h and asm-generic/socket.h; the module socket does not have them.
SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING, SO_SNDBUFFORCE, SO_RCVBUFFORCE = 263, 15, 23, 32, 33
ETH_P_ALL = 3
VNET_HEADER, MAC = 10, 6
LARGEST_FRAME = 70_000
BUFFER_BYTES = 64 << 20


def open_port(name):
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    port.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    port.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    # Frames waiting for a rate-limited cable (tbf) also count against the socket's buffer.
    port.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_BYTES)
    port.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
    port.bind((name, ETH_P_ALL))
    port.setblocking(False)
    return port


class Relay:
    def __init__(self, delay, names):
        self.delay = delay
        self.ports = [open_port(name) for name in names]
        self.port_of = {}
        # All wait equally long, so frames leave in order of arrival, whatever their port.
        self.waiting = collections.deque()
        self.frames = self.bytes = self.lost = 0

    def run(self):
        while True:
            timeout = max(0, self.waiting[0][0] - time.monotonic()) if self.waiting else None
            for port in select.select(self.ports, [], [], timeout)[0]:
                self.take(port)
            self.pass_on()

    def take(self, port):
        """Everything that has come in, up to what may be due."""
        for _ in range(16):
            try:
                frame = port.recv(LARGEST_FRAME)
            except BlockingIOError:
                return
            to, source = frame[VNET_HEADER:VNET_HEADER + MAC], frame[VNET_HEADER + MAC:VNET_HEADER + 2 * MAC]
            self.port_of[source] = port
            known = self.port_of.get(to)
            targets = [known] if known else [other for other in self.ports if other is not port]
            self.waiting.append((time.monotonic() + self.delay, targets, frame))

    def pass_on(self):
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            _, targets, frame = self.waiting.popleft()
            self.frames, self.bytes = self.frames + 1, self.bytes + len(frame) - VNET_HEADER
            for port in targets:
                try:
                    port.send(frame)
                except OSError:
                    # The cable's queue is full: any switch drops frames then.
                    self.lost += 1


def stop(*_):
    raise SystemExit


def main():
    signal.signal(signal.SIGTERM, stop)
    relay = Relay(float(sys.argv[1]), sys.argv[2:])
    # Real-time priority, because a real cable does not wait for a processor.
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    start = time.monotonic()
    try:
        relay.run()
    finally:
        print(f"{relay.frames} frames, {relay.bytes / 1e6:.1f} MB, {relay.lost} lost; "
              f"{time.process_time():.2f} s of processor time in {time.monotonic() - start:.1f} s", flush=True)


main()
