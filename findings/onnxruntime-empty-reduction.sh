#!/usr/bin/env bash
# ONNX Runtime's reductions on the CPU do not reduce an input without elements when their axis is negative: the output has
# the input's shape. Axis 1 of a [0, 36] gives [0, 1], axis -1, the same one, [0, 36]; axis 0 gives [1, 36], axis -2 [0, 36].
# One row more and both give the same. ONNX says that axes lie in [-r, r-1] and that keepdims=1 keeps a reduced dimension as 1,
# and its shape inference and reference evaluator give [0, 1]. A mean, or a scale per row by ReduceMax over axis -1, that is
# right for one row and for many thus fails further on, with a message about another operator, where a batch is empty.
# Seen with onnxruntime 1.29.0, for each of ten operators, axes as an input and as an attribute: "axis 1 gives [0, 1],
# axis -1 gives [0, 36]; with one row [1, 1] and [1, 1]; ONNX's reference gives [0, 1] and [0, 1]".
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
from onnx.reference import ReferenceEvaluator

onnxruntime.set_default_logger_severity(3)  # it also warns that a shape is not the inferred one
OPERATORS = "L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare".split()


def model(operator, axis, opset):
    attribute = opset == 11
    made = {"axes": [axis]} if attribute else {}
    graph = helper.make_graph(
        [helper.make_node("Reduce" + operator, ["x"] if attribute else ["x", "axes"], ["y"], keepdims=1, **made)],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 36])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [] if attribute else [numpy_helper.from_array(np.array([axis], np.int64), "axes")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def shape(made, rows):
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    empty = onnxruntime.OrtValue.ortvalue_from_shape_and_type([rows, 36], np.float32)
    return session.run_with_ort_values(["y"], {"x": empty})[0].shape()  # the runtime's own word, no array between


others = []
for operator in OPERATORS:
    for opset in 11, 18:
        by_axis = {axis: shape(model(operator, axis, opset), 0) for axis in (-2, -1, 0, 1)}
        if by_axis != {-2: [0, 36], -1: [0, 36], 0: [1, 36], 1: [0, 1]}:
            others.append((operator, opset, by_axis))

positive, negative = model("Max", 1, 18), model("Max", -1, 18)
seen = [shape(positive, 0), shape(negative, 0), shape(positive, 1), shape(negative, 1)]
none = {"x": np.empty((0, 36), np.float32)}
seen += [list(ReferenceEvaluator(each).run(None, none)[0].shape) for each in (positive, negative)]
print("axis 1 gives {}, axis -1 gives {}; with one row {} and {}; ONNX's reference gives {} and {}".format(*seen))
if others or seen != [[0, 1], [0, 36], [1, 1], [1, 1], [0, 1], [0, 1]]:
    raise SystemExit(f"another behaviour than described {others}")
PYTHON
