#!/usr/bin/env bash
# Writes src/Nin.MLNet/PublicAPI.Unshipped.txt anew from the code. Run after a Release build, after a change of the public API, and read the diff.
set -euo pipefail
cd "$(dirname "$0")/.."
echo '#nullable enable' > src/Nin.MLNet/PublicAPI.Unshipped.txt
Configuration=Release dotnet format analyzers src/Nin.MLNet --diagnostics RS0016 --severity warn
