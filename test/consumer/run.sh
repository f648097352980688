#!/usr/bin/env bash
# Programs outside the solution. One with the package and one with the project: each trains, saves, exports to ONNX, and loads in a second
# process. One with ONNX Runtime alone, which serves what the first one exported. And one that loads the first one as a plugin.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
cache=$(dotnet nuget locals global-packages --list | sed 's/.*: //')
# A version of its own: a cached package from another build is not used instead of this one, and runs side by side leave each other alone.
version=0.1.0-$(cat /proc/sys/kernel/random/uuid)
cached="${cache%/}/nin.mlnet/$version"
trap 'rm -rf "$work" "$cached"' EXIT

# consume <PackageConsumer|ProjectConsumer>: both must give the same scores before saving and after loading.
consume() {
    local folder="$work/$1" trained loaded
    mkdir "$folder"
    cp "$root/test/consumer/$1.csproj" "$root/test/consumer/Program.cs" "$root"/test/consumer/Directory.* "$folder"
    cd "$folder"
    cat > Directory.Build.targets <<X
<Project><ItemGroup><PackageReference Update="Nin.MLNet" Version="$version" /></ItemGroup></Project>
X
    NinSources="$root" dotnet build -c Release
    trained=$(dotnet "bin/Release/net10.0/$1.dll" train model.zip model.onnx)
    loaded=$(dotnet "bin/Release/net10.0/$1.dll" score model.zip)
    echo "$1 trained: $trained"
    echo "$1 loaded:  $loaded"
    [ -n "$trained" ] && [ "$trained" = "$loaded" ]
}

# serve <consumer>: without libtorch, its exported model gives the same label and, within 1e-4, the same scores.
serve() {
    local expected
    mkdir "$work/OnnxConsumer"
    cd "$work/OnnxConsumer"
    cp "$root/test/consumer/OnnxConsumer.csproj" "$root/test/consumer/OnnxProgram.cs" "$root"/test/consumer/Directory.* .
    dotnet build -c Release
    expected=$(dotnet "$work/$1/bin/Release/net10.0/$1.dll" score "$work/$1/model.zip")
    dotnet bin/Release/net10.0/linux-x64/OnnxConsumer.dll "$work/$1/model.onnx" model.zip "$expected"
    if find bin -iname '*torch*' -o -name 'Nin.*' | grep .; then
        echo "OnnxConsumer must do without these"
        exit 1
    fi
    echo "OnnxConsumer native code: $(du -ch bin/Release/net10.0/linux-x64/*.so | tail -n 1 | cut -f 1)"
}

# plugin <consumer>: a program that knows neither ML.NET nor libtorch loads it into a separate context; the scores are the same.
plugin() {
    local program="$work/$1/bin/Release/net10.0/$1.dll" expected found
    mkdir "$work/PluginHost"
    cd "$work/PluginHost"
    cp "$root/test/consumer/PluginHost.csproj" "$root/test/consumer/PluginProgram.cs" "$root"/test/consumer/Directory.* .
    dotnet build -c Release
    expected=$(dotnet "$program" score "$work/$1/model.zip")
    found=$(dotnet bin/Release/net10.0/PluginHost.dll "$program" score "$work/$1/model.zip")
    echo "PluginHost: $found"
    [ -n "$found" ] && [ "$found" = "$expected" ]
}

# files <consumer>: a model that the demo trained on image files scores the same in a program that knows only the package and ML.NET.
files() {
    local program="$work/$1/bin/Release/net10.0/$1.dll" expected found
    cd "$work"
    dotnet "$program" draw photos
    dotnet run -c Release --no-build --project "$root/src/Nin.Pipeline.Demo" -- \
        train --folder photos --out made --epochs 3 --json > /dev/null
    expected=$(dotnet run -c Release --no-build --project "$root/src/Nin.Pipeline.Demo" -- \
        predict made/nin.zip photos/red/3.png --all | sed -n 2p)
    found=$(dotnet "$program" score-file made/nin.zip photos/red/3.png)
    echo "demo:    $expected"
    echo "outside: $found"
    # "path,predicted,probability,blue,red" with six digits against "predicted blue red" with all.
    echo "$expected,$found" | tr ' ' , | awk -F , '{ exit !($2 == $6 && ($4 - $7) ^ 2 < 1e-10 && ($5 - $8) ^ 2 < 1e-10) }'
}

dotnet pack -c Release -p:PackageVersion="$version" -o "$work/feed" "$root/src/Nin.MLNet"
ls "$work"/feed/*.snupkg
cat > "$work/nuget.config" <<X
<configuration><packageSources><add key="local" value="$work/feed" /></packageSources></configuration>
X
consume PackageConsumer
for part in README.md lib/net10.0/Nin.MLNet.dll lib/net10.0/Nin.MLNet.xml; do
    ls "$cached/$part" || { echo "the package lacks $part"; exit 1; }
done
files PackageConsumer
plugin PackageConsumer
consume ProjectConsumer
serve PackageConsumer
