#!/usr/bin/env bash
# Where experts tie at the router, ONNX Runtime's operator MoE (com.microsoft) on the CPU takes the LAST of them; the operator
# TopK of the same runtime takes the first, as ONNX specifies. A graph that routes by TopK, and one that leaves it to MoE,
# therefore run other experts wherever logits are equal: in routers of zeros, pruned ones, quantised ones.
# Seen with onnxruntime 1.29.0: "of 4 equal experts TopK takes [0, 1], MoE takes [2, 3]".
# Needs Python 3.10 or newer with venv, and PyPI. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q --disable-pip-version-check install onnxruntime==1.29.0 onnx==1.20.0 numpy==1.26.4
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def session(nodes, inputs, outputs, weights):
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", width]) for name, width in inputs],
        [helper.make_tensor_value_info(name, kind, None) for name, kind in outputs],
        [numpy_helper.from_array(value, name) for name, value in weights],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


# Expert e gives 10^e times its row; equal logits weigh each by a quarter.
width, count = 16, 4
up = np.stack([np.eye(width, dtype=np.float32)] * count)
down = np.stack([np.eye(width, dtype=np.float32) * 10**expert for expert in range(count)])
logits = np.zeros((2, count), np.float32)
rows = np.ones((2, width), np.float32)

top = session(
    [helper.make_node("TopK", ["logits", "k"], ["values", "ids"])],
    [("logits", count)],
    [("ids", TensorProto.INT64)],
    [("k", np.array([2], np.int64))],
)
moe = session(
    [
        helper.make_node(
            "MoE", ["x", "logits", "up", "", "down"], ["y"], domain="com.microsoft", k=2, activation_type="relu"
        )
    ],
    [("x", width), ("logits", count)],
    [("y", TensorProto.FLOAT)],
    [("up", up), ("down", down)],
)
by_top = sorted(top.run(None, {"logits": logits})[0][0].tolist())
answer = moe.run(None, {"x": rows, "logits": logits})[0]
pairs = {0.25 * (10**a + 10**b): [a, b] for a in range(count) for b in range(a + 1, count)}
by_moe = pairs[float(answer[0, 0])]
print(f"of {count} equal experts TopK takes {by_top}, MoE takes {by_moe}")
if by_top != [0, 1] or by_moe != [2, 3] or not (answer == answer[0, 0]).all():
    raise SystemExit("another behaviour than described")
PYTHON
