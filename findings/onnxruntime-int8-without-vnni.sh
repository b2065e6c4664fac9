#!/usr/bin/env bash
# On x86 without VNNI (before Ice Lake and Zen 4) ONNX Runtime's products of uint8 rows and int8 weights are silently wrong:
# sums of two products are cut off at 16 bits. Where all codes are at their greatest, a hundredth of the sum is left; with
# random codes errors reach a quarter of the greatest result. session.x64quantprecision=1 gives exactly the right sums there,
# and is off by default. Nor is it to be left on everywhere: it turns the weights to uint8 on a processor with VNNI too, where
# nothing was wrong, and the kernel for those is slower: on a Xeon with AMX 16.7 ms in place of 1.6 (256 rows by [2048, 2048]).
# Seen with onnxruntime 1.29.0, QGemm, under QEMU 7.2: "Haswell, without: as it is: greatest codes 0.99 off, random ones 0.23,
# weights int8; with the option: greatest codes 0.00 off, random ones 0.00, weights uint8", and natively, with VNNI, the same
# but 0.00 throughout.
# Needs Debian 12 on x86-64 (apt, dpkg; QEMU comes from there, no root) with AVX-512 VNNI or AVX-VNNI, Python 3.10 or newer with
# venv, and PyPI. Exits with 1 if the behaviour is another.
set -euo pipefail
if ! grep -qwE 'avx512_vnni|avx_vnni' /proc/cpuinfo; then
    echo "this processor has no VNNI itself: nothing to compare with"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq download qemu-user-static=1:7.2+dfsg-7+deb12u18+b3 2>apt.log || { cat apt.log; exit 1; }
dpkg -x qemu-user-static_*.deb root
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install onnxruntime==1.29.0 onnx==1.20.0 numpy==1.26.4

cat >product.py <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

WIDTH, ZERO = 64, 128


def products(weights, rows, options):
    constants = {
        "w": weights,
        "one": np.array(1, np.float32),
        "zero": np.array(ZERO, np.uint8),
        "ones": np.ones(WIDTH, np.float32),
        "none": np.zeros(WIDTH, np.int8),
    }
    node = helper.make_node(
        "QGemm", ["x", "one", "zero", "w", "ones", "none"], ["y"], domain="com.microsoft", transB=1
    )
    graph = helper.make_graph(
        [node],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, ["rows", WIDTH])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", WIDTH])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.log_severity_level = 3
    settings.optimized_model_filepath = "optimized.onnx"
    for name, value in options.items():
        settings.add_session_config_entry(name, value)
    answer = onnxruntime.InferenceSession(made, settings, providers=["CPUExecutionProvider"]).run(None, {"x": rows})[0]
    kept = onnx.load("optimized.onnx").graph.initializer
    (kind,) = [each.data_type for each in kept if list(each.dims) == [WIDTH, WIDTH]]
    true = (rows.astype(np.int64) - ZERO) @ weights.astype(np.int64).T
    return np.abs(answer - true).max() / np.abs(true).max(), TensorProto.DataType.Name(kind).lower()


random = np.random.default_rng(1)
greatest = np.full((WIDTH, WIDTH), 127, np.int8), np.full((4, WIDTH), 255, np.uint8)
drawn = random.integers(-127, 128, (WIDTH, WIDTH)).astype(np.int8), random.integers(1, 256, (4, WIDTH)).astype(np.uint8)
for options in {}, {"session.x64quantprecision": "1"}:
    most, kind = products(*greatest, options)
    some, _ = products(*drawn, options)
    name = "with the option" if options else "as it is"
    print(f"{name}: greatest codes {most:.2f} off, random ones {some:.2f}, weights {kind}")
PYTHON
{
    echo "this processor, with VNNI"
    venv/bin/python product.py
    echo "Haswell, without"
    root/usr/bin/qemu-x86_64-static -cpu Haswell venv/bin/python product.py 2>qemu.log || { cat qemu.log; exit 1; }
} | tee seen
diff - seen <<'SEEN' || { echo "another behaviour than described"; exit 1; }
this processor, with VNNI
as it is: greatest codes 0.00 off, random ones 0.00, weights int8
with the option: greatest codes 0.00 off, random ones 0.00, weights uint8
Haswell, without
as it is: greatest codes 0.99 off, random ones 0.23, weights int8
with the option: greatest codes 0.00 off, random ones 0.00, weights uint8
SEEN
