#!/usr/bin/env bash
# On x86 ONNX Runtime multiplies rows of unsigned bytes by int8 weights 20 to 40 times as fast as the same rows in signed
# bytes. Quantised symmetrically, activations are int8 with a zero point of 0, as ONNX allows and quantisers write; stored as
# uint8 with a zero point of 128 they are the same numbers, and QGemm, MatMulInteger and MatMulIntegerToFloat give the same
# bits. But the fast kernels (VNNI, AMX) are for unsigned rows; signed ones take one that makes no use of them, without a word.
# Seen with onnxruntime 1.29.0 on a Xeon with AMX, one thread, one row by [2048, 2048]: "QGemm 0.23 ms unsigned, 4.87 ms signed,
# 21 times; MatMulInteger 0.23 ms unsigned, 5.04 ms signed, 22 times; MatMulIntegerToFloat 0.24 ms unsigned, 4.98 ms signed, 21
# times; the bits are equal".
# Needs an x86-64 processor without AVX-VNNI-INT8, Python 3.10 or newer with venv, and PyPI. Exits with 1 if the behaviour is
# another: a factor below 5 in one of the three operators.
set -euo pipefail
if [ "$(uname -m)" != x86_64 ] || grep -qw avx_vnni_int8 /proc/cpuinfo; then
    echo "this processor multiplies signed rows by instructions of its own: nothing to see here"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q --disable-pip-version-check install onnxruntime==1.29.0 onnx==1.20.0 numpy==1.26.4
"$work/venv/bin/python" - <<'PYTHON'
import time

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

WIDTH, MICROSOFT = 2048, "com.microsoft"
random = np.random.default_rng(1)
weights = random.integers(-127, 128, (WIDTH, WIDTH)).astype(np.int8)
signed = random.integers(-127, 128, (1, WIDTH)).astype(np.int8)
unsigned = (signed.astype(np.int16) + 128).astype(np.uint8)
NODES = {
    "QGemm": helper.make_node("QGemm", ["x", "one", "zero", "w", "ones", "none"], ["y"], domain=MICROSOFT),
    "MatMulInteger": helper.make_node("MatMulInteger", ["x", "w", "zero"], ["y"]),
    "MatMulIntegerToFloat": helper.make_node(
        "MatMulIntegerToFloat", ["x", "w", "one", "ones", "zero"], ["y"], domain=MICROSOFT
    ),
}


def session(node, rows, zero_point):
    constants = {
        "w": weights,
        "one": np.array(1, np.float32),
        "ones": np.ones(WIDTH, np.float32),
        "zero": np.array(zero_point, rows.dtype),
        "none": np.zeros(WIDTH, np.int8),
    }
    kind = TensorProto.INT32 if node.op_type == "MatMulInteger" else TensorProto.FLOAT
    graph = helper.make_graph(
        [node],
        "graph",
        [helper.make_tensor_value_info("x", helper.np_dtype_to_tensor_dtype(rows.dtype), ["rows", WIDTH])],
        [helper.make_tensor_value_info("y", kind, ["rows", WIDTH])],
        [numpy_helper.from_array(value, name) for name, value in constants.items() if name in node.input],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    made = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    return onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])


def milliseconds(run):
    times = []
    for _ in range(25):
        start = time.process_time()
        run()
        times.append(1e3 * (time.process_time() - start))
    return sorted(times)[len(times) // 2]


words, slow, equal = [], True, True
for name, node in NODES.items():
    fast_session, slow_session = session(node, unsigned, 128), session(node, signed, 0)
    equal &= np.array_equal(fast_session.run(None, {"x": unsigned})[0], slow_session.run(None, {"x": signed})[0])
    of_unsigned = milliseconds(lambda: fast_session.run(None, {"x": unsigned}))
    of_signed = milliseconds(lambda: slow_session.run(None, {"x": signed}))
    words.append(f"{name} {of_unsigned:.2f} ms unsigned, {of_signed:.2f} ms signed, {of_signed / of_unsigned:.0f} times")
    slow &= of_signed >= 5 * of_unsigned
print("; ".join(words) + "; the bits are " + ("equal" if equal else "not equal"))
if not slow or not equal:
    raise SystemExit("another behaviour than described")
PYTHON
