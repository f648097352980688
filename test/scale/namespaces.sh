#!/usr/bin/env bash
# Three ranks that reach one another over a network: each in a network namespace with an address of its own, on one bridge, first as fast
# as memory is, then at 1 Gbit/s in each direction (tc, tbf). Prints a step's time, what adding up takes, and images/s. Needs root, Open
# MPI, iproute2, and a Release build of the benchmarks. All ranks share this machine's cores.
# usage: [WORKLOADS="small large"] namespaces.sh [rate ...]    (default: small, at none and 1gbit)
set -euo pipefail
cd "$(dirname "$0")/../.."
program=${NIN_BENCHMARKS:-test/Nin.MLNet.Benchmarks/bin/Release/net10.0/Nin.MLNet.Benchmarks}
ranks=3
rates=("$@")
[ $# -gt 0 ] || rates=(none 1gbit)
work=$(mktemp -d)

cleanup() {
    for ((i = 0; i < ranks; i++)); do ip netns delete "nin$i" 2> /dev/null || true; done
    ip link delete ninbridge 2> /dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

ip link add ninbridge type bridge
ip address add 10.77.0.254/24 dev ninbridge
ip link set ninbridge up
hosts=
for ((i = 0; i < ranks; i++)); do
    ip netns add "nin$i"
    ip link add "ninport$i" type veth peer name eth0 netns "nin$i"
    ip link set "ninport$i" master ninbridge up
    ip -n "nin$i" address add "10.77.0.$((i + 1))/24" dev eth0
    ip -n "nin$i" link set eth0 up
    ip -n "nin$i" link set lo up
    hosts+="${hosts:+,}10.77.0.$((i + 1)):1"
done

# In the place of ssh: the last part of the address is the namespace's number and one.
cat > "$work/agent" << 'AGENT'
#!/bin/sh
host=$1
shift
exec ip netns exec "nin$((${host##*.} - 1))" unshare --uts sh -c "hostname nin-${host##*.}; $*"
AGENT
chmod +x "$work/agent"

# shape <rate>: both ends of every rank's cable, so both directions; none: as fast as it goes.
shape() {
    for ((i = 0; i < ranks; i++)); do
        tc qdisc delete dev "ninport$i" root 2> /dev/null || true
        tc -n "nin$i" qdisc delete dev eth0 root 2> /dev/null || true
        [ "$1" != none ] || continue
        tc qdisc add dev "ninport$i" root tbf rate "$1" burst 256kb latency 100ms
        tc -n "nin$i" qdisc add dev eth0 root tbf rate "$1" burst 256kb latency 100ms
    done
}

# together <contender> <workload> <detail>: what it prints on the ranks, figures one a line.
together() {
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun -n "$ranks" --host "$hosts" --bind-to none \
        --mca plm_rsh_agent "$work/agent" --mca oob_tcp_if_include 10.77.0.0/24 --mca btl_tcp_if_include 10.77.0.0/24 \
        --mca pml ob1 --mca btl self,tcp --mca mpi_yield_when_idle 1 -x OMP_NUM_THREADS=1 -x TERM=dumb \
        "$(realpath "$program")" run "$@" --threads 1 | grep -v '^threads'
}

median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

echo "$ranks ranks of one thread on $(nproc --all) core(s), $(mpirun --version | head -n 1), Linux $(uname -r)"
for rate in "${rates[@]}"; do
    shape "$rate"
    echo "link: $rate"
    for floats in 1 16384 131072 1048576; do
        echo "  adding up $floats float(s), ms: $(together sum-gradient small "$floats" | median)"
    done
    for workload in ${WORKLOADS:-small}; do
        echo "  adding up the gradient, $workload, ms: $(together sum-gradient "$workload" | median)"
        echo "  the same in bfloat16, ms: $(together sum-bfloat16 "$workload" | median)"
        speed=$(together together "$workload" auto | median)
        echo "  training, $workload: $speed images/s, a step of 128 images takes $(awk "BEGIN { print 128000 / $speed }") ms"
    done
done
