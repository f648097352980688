#!/usr/bin/env bash
# Regenerates PublicAPI.Unshipped.txt of the packages from the code. After a change of the public API: build Release, run this and read
# the diff.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in Nin.MLNet Nin.MLNet.Mpi; do
    echo '#nullable enable' > "src/$project/PublicAPI.Unshipped.txt"
    Configuration=Release dotnet format analyzers "src/$project" --diagnostics RS0016 --severity warn
done
