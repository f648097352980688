#!/usr/bin/env bash
# Three ranks connected by a network: each in a network namespace with its own address, on one switch; first as fast as memory
# is, then at 1 Gbit/s in each direction (tc, tbf), then also with a delay of 1 ms. Prints the time per step, the time for summing,
# and images/s. Needs root, Open MPI, iproute2, ping, and a Release build of the benchmarks. All ranks share this machine's cores.
# The switch is a bridge; with a delay it is relay.py (Python 3), because not every kernel has netem. The delay is one way: an answer
# takes two. A delay of 0ms shows the cost of the relay itself.
# usage: [WORKLOADS="small large"] namespaces.sh [rate[/delay] ...]    (default: small, at none, 1gbit and 1gbit/1ms)
set -euo pipefail
cd "$(dirname "$0")/../.."
program=${NIN_BENCHMARKS:-test/Nin.MLNet.Benchmarks/bin/Release/net10.0/Nin.MLNet.Benchmarks}
[ -x "$program" ] || { echo "no $program: dotnet build -c Release" >&2; exit 1; }
ranks=3
links=("$@")
[ $# -gt 0 ] || links=(none 1gbit 1gbit/1ms)
work= relay=

cleanup() {
    local name names=(ninstarter ninswitch)
    # The reader of the output may already have ended.
    trap '' PIPE
    for ((i = 0; i < ranks; i++)); do names+=("nin$i"); done
    end_relay
    for name in "${names[@]}"; do
        { ip netns pids "$name" | xargs -r kill -9 && ip netns delete "$name"; } 2> /dev/null || true
    done
    rm -rf "$work"
}

# end_relay: stops the relay and prints what it reports.
end_relay() {
    [ -n "$relay" ] || return 0
    kill "$relay" 2> /dev/null || true
    wait "$relay" || true
    relay=
    echo "  the relay: $(cat "$work/relay")" || true
}

# Remove anything left by a killed run.
cleanup
trap - PIPE
trap cleanup EXIT
work=$(mktemp -d)

# plug <namespace> <port of the switch> <address>: a cable between them.
plug() {
    ip netns add "$1"
    ip -n ninswitch link add "$2" type veth peer name eth0 netns "$1"
    ip -n ninswitch link set "$2" master switch up
    ip -n "$1" address add "$3/24" dev eth0
    ip -n "$1" link set eth0 up
    ip -n "$1" link set lo up
}

# The switch has its own namespace, so that nothing else answers there; so does mpirun, which starts the ranks.
ip netns add ninswitch
ip -n ninswitch link add switch type bridge
ip -n ninswitch link set switch up
plug ninstarter starter 10.77.0.254
hosts=
for ((i = 0; i < ranks; i++)); do
    plug "nin$i" "port$i" "10.77.0.$((i + 1))"
    hosts+="${hosts:+,}10.77.0.$((i + 1)):1"
done

# Replaces ssh: the last part of the address is the namespace's number plus one.
cat > "$work/agent" << 'AGENT'
#!/bin/sh
host=$1
shift
exec ip netns exec "nin$((${host##*.} - 1))" unshare --uts sh -c "hostname nin-${host##*.}; $*"
AGENT
chmod +x "$work/agent"

# shape <rate>: limits both ends of every rank's cable, so both directions; none: no limit.
shape() {
    for ((i = 0; i < ranks; i++)); do
        tc -n ninswitch qdisc delete dev "port$i" root 2> /dev/null || true
        tc -n "nin$i" qdisc delete dev eth0 root 2> /dev/null || true
        [ "$1" != none ] || continue
        tc -n ninswitch qdisc add dev "port$i" root tbf rate "$1" burst 256kb latency 100ms
        tc -n "nin$i" qdisc add dev eth0 root tbf rate "$1" burst 256kb latency 100ms
    done
}

# delay <milliseconds>ms: uses the relay instead of the bridge; empty: the bridge.
delay() {
    local port ports=(starter)
    end_relay
    for ((i = 0; i < ranks; i++)); do ports+=("port$i"); done
    for port in "${ports[@]}"; do
        if [ -n "$1" ]; then ip -n ninswitch link set "$port" nomaster; else ip -n ninswitch link set "$port" master switch; fi
    done
    [ -n "$1" ] || return 0
    ip netns exec ninswitch python3 test/scale/relay.py "${1%ms}e-3" "${ports[@]}" > "$work/relay" &
    relay=$!
}

# answers: the round-trip time between two ranks' namespaces, without MPI. The first one finds the route.
answers() {
    ip netns exec nin0 ping -q -c 1 -w 10 10.77.0.2 > "$work/ping"
    ip netns exec nin0 ping -q -c 50 -i 0.01 10.77.0.2 | sed -n 's/^rtt //p'
}

# together <contender> <workload> <detail>: what it prints on the ranks, one figure per line.
together() {
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 ip netns exec ninstarter \
        mpirun -n "$ranks" --host "$hosts" --bind-to none \
        --mca plm_rsh_agent "$work/agent" --mca oob_tcp_if_include 10.77.0.0/24 --mca btl_tcp_if_include 10.77.0.0/24 \
        --mca pml ob1 --mca btl self,tcp --mca mpi_yield_when_idle 1 -x OMP_NUM_THREADS=1 -x TERM=dumb \
        "$(realpath "$program")" run "$@" --threads 1 | grep -v '^threads'
}

median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

echo "$ranks ranks of one thread on $(nproc --all) core(s), $(mpirun --version | head -n 1), Linux $(uname -r)"
for link in "${links[@]}"; do
    shape "${link%%/*}"
    delay "$(cut -s -d / -f 2 <<< "$link")"
    echo "link: $link"
    echo "  an answer (ping): $(answers)"
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
