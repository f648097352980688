#!/usr/bin/env bash
# Two programs outside the solution, one with the package and one with the project: each trains, saves, and loads in a second process.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cache=$(dotnet nuget locals global-packages --list | sed 's/.*: //')

# consume <PackageConsumer|ProjectConsumer>: both must give the same scores before saving and after loading.
consume() {
    local folder="$work/$1" trained loaded
    mkdir "$folder"
    cp "$root/test/consumer/$1.csproj" "$root/test/consumer/Program.cs" "$root"/test/consumer/Directory.* "$folder"
    cd "$folder"
    NinSources="$root" dotnet build -c Release
    trained=$(dotnet "bin/Release/net10.0/$1.dll" train model.zip)
    loaded=$(dotnet "bin/Release/net10.0/$1.dll" score model.zip)
    echo "$1 trained: $trained"
    echo "$1 loaded:  $loaded"
    [ -n "$trained" ] && [ "$trained" = "$loaded" ]
}

dotnet pack -c Release -o "$work/feed" "$root/src/Nin.MLNet"
ls "$work"/feed/*.snupkg
cat > "$work/nuget.config" <<X
<configuration><packageSources><add key="local" value="$work/feed" /></packageSources></configuration>
X
# A package cache entry of an earlier build of the same version must not stand in for this one.
rm -rf "${cache%/}/nin.mlnet"
consume PackageConsumer
for part in README.md lib/net10.0/Nin.MLNet.dll lib/net10.0/Nin.MLNet.xml; do
    ls "${cache%/}"/nin.mlnet/*/$part || { echo "the package lacks $part"; exit 1; }
done
consume ProjectConsumer
