#!/usr/bin/env bash
# Compares what layers with int8 weights give on a processor without VNNI, which QEMU plays, with what they give on this one,
# which has it; an optional check that takes a minute. There ONNX Runtime cuts sums of int8 products off unless ExactSums
# notices and asks for the exact kernel: with it the bits must be equal, and without it they must not be.
#
#   mvn -DskipTests package && .ci/check-old-processor.sh
#
# Needs qemu-x86_64-static (Debian: qemu-user-static) and a processor with VNNI; says so and ends well where one is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v qemu-x86_64-static >/dev/null || ! grep -qwE 'avx512_vnni|avx_vnni' /proc/cpuinfo; then
    echo "no qemu-x86_64-static or no VNNI here: not checked"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ORT_DISABLE_TELEMETRY=1
classes=${OLD_PROCESSOR_CLASSES:-$(echo decoder/target/decoder-*-tests.jar):cli/target/dllm4j.jar}
java=$(readlink -f "$(command -v java)")
run() { # COMMAND... guarded|unguarded
    "${@:1:$#-1}" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$classes" dev.dllm4j.decoder.onnx.OldProcessor \
        "$work/int8" "${!#}"
}
run "$java" guarded >"$work/here"
for how in guarded unguarded; do
    run qemu-x86_64-static -cpu Haswell "$java" $how >"$work/$how" 2>"$work/log" || { cat "$work/log"; exit 1; }
done
if ! diff "$work/here" "$work/guarded"; then
    echo "layers with int8 weights give other bits on Haswell"
    exit 1
fi
if cmp -s "$work/here" "$work/unguarded"; then
    echo "Haswell is right without ExactSums too: this checks nothing any more"
    exit 1
fi
echo "$(wc -l <"$work/here") graphs with int8 weights give the same bits on Haswell, and others without ExactSums"
