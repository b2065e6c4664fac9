#!/usr/bin/env bash
# ONNX Runtime 1.29.0 for Java makes a folder onnxruntime-java* below java.io.tmpdir in every process and never removes it,
# although it asks the JVM to. It registers the folder for deletion after the files that it unpacks there; the JVM deletes in
# reverse order, so it tries the folder first, while it is still full, and the files then. An orderly end leaves the empty
# folder behind; a process that is killed leaves the libraries (28 MB) too.
# Seen: "1 folder left, 0 files in it".
# Needs a JDK 17 or newer, Maven and Maven Central. Exits with 1 if the behaviour is another.
set -euo pipefail
version=1.29.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ORT_DISABLE_TELEMETRY=1
mvn -B -q dependency:copy -Dartifact="com.microsoft.onnxruntime:onnxruntime:$version" -DoutputDirectory="$work/lib"
jar=$work/lib/onnxruntime-$version.jar

cat >"$work/Start.java" <<'JAVA'
public class Start {
    public static void main(String[] arguments) throws Exception {
        System.out.println("providers: " + ai.onnxruntime.OrtEnvironment.getAvailableProviders());
    }
}
JAVA

mkdir "$work/temp"
java -Djava.io.tmpdir="$work/temp" -cp "$jar" "$work/Start.java"
folders=$(find "$work/temp" -mindepth 1 -maxdepth 1 -name 'onnxruntime-java*' -type d | wc -l)
files=$(find "$work/temp" -type f -path '*onnxruntime-java*' | wc -l)
echo "$folders folder left, $files files in it"
if [ "$folders" != 1 ] || [ "$files" != 0 ]; then
    echo "another behaviour than described"
    exit 1
fi
