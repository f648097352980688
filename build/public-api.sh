#!/usr/bin/env bash
# Writes PublicAPI.Unshipped.txt of the packages anew from the code. Run after a Release build, after a change of the public API, and read
# the diff.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in Nin.MLNet Nin.MLNet.Mpi; do
    echo '#nullable enable' > "src/$project/PublicAPI.Unshipped.txt"
    Configuration=Release dotnet format analyzers "src/$project" --diagnostics RS0016 --severity warn
done
