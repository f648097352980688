#!/usr/bin/env bash
# Packs the library and lets a program outside the solution train with the package, then load the model in a second process.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet pack -c Release -o "$work/feed" "$root/src/Nin.MLNet"
for part in README.md lib/net10.0/Nin.MLNet.dll lib/net10.0/Nin.MLNet.xml; do
    python3 -m zipfile -l "$work"/feed/Nin.MLNet.*[0-9].nupkg 2>/dev/null | grep -q "^$part " || unzip -l "$work"/feed/Nin.MLNet.*[0-9].nupkg | grep -q " $part$" || { echo "the package lacks $part"; exit 1; }
done
ls "$work"/feed/*.snupkg
cp "$root"/test/consumer/*.cs* "$root"/test/consumer/Directory.* "$work"/
cd "$work"
cat > nuget.config <<X
<configuration><packageSources><add key="local" value="$work/feed" /></packageSources></configuration>
X
# A package cache entry of an earlier build of the same version must not stand in for this one.
rm -rf "$(dotnet nuget locals global-packages --list | sed 's/.*: //')/nin.mlnet"
dotnet build -c Release Consumer.csproj
trained=$(dotnet bin/Release/net10.0/Consumer.dll train model.zip)
loaded=$(dotnet bin/Release/net10.0/Consumer.dll score model.zip)
echo "trained: $trained"
echo "loaded:  $loaded"
[ "$trained" = "$loaded" ]
