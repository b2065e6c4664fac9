package dev.dllm4j.decoder.convert;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import java.util.Arrays;

/** The small messages that an ONNX graph is made of. */
final class OnnxParts {
    private OnnxParts() {}

    static OnnxMl.AttributeProto.Builder integer(String name, long value) {
        return OnnxMl.AttributeProto.newBuilder()
                .setName(name)
                .setType(OnnxMl.AttributeProto.AttributeType.INT)
                .setI(value);
    }

    static OnnxMl.AttributeProto.Builder integers(String name, long... values) {
        var attribute =
                OnnxMl.AttributeProto.newBuilder().setName(name).setType(OnnxMl.AttributeProto.AttributeType.INTS);
        Arrays.stream(values).forEach(attribute::addInts);
        return attribute;
    }

    /** A tensor of one byte, as ConstantOfShape is given what it repeats. */
    static OnnxMl.AttributeProto.Builder oneByte(String name, OnnxMl.TensorProto.DataType type, int value) {
        return OnnxMl.AttributeProto.newBuilder()
                .setName(name)
                .setType(OnnxMl.AttributeProto.AttributeType.TENSOR)
                .setT(OnnxMl.TensorProto.newBuilder()
                        .setDataType(type.getNumber())
                        .addDims(1)
                        .setRawData(ByteString.copyFrom(new byte[] {(byte) value})));
    }

    static OnnxMl.AttributeProto.Builder real(String name, float value) {
        return OnnxMl.AttributeProto.newBuilder()
                .setName(name)
                .setType(OnnxMl.AttributeProto.AttributeType.FLOAT)
                .setF(value);
    }

    /** Where external data lies is said in such pairs. */
    static OnnxMl.StringStringEntryProto entry(String key, String value) {
        return OnnxMl.StringStringEntryProto.newBuilder()
                .setKey(key)
                .setValue(value)
                .build();
    }

    /** An input or output; a dimension is a number or a symbol. */
    static OnnxMl.ValueInfoProto value(String name, GraphBuilder.DataKind kind, Object... dimensions) {
        var shape = OnnxMl.TensorShapeProto.newBuilder();
        for (Object dimension : dimensions) {
            var builder = OnnxMl.TensorShapeProto.Dimension.newBuilder();
            shape.addDim(
                    dimension instanceof Number number
                            ? builder.setDimValue(number.longValue())
                            : builder.setDimParam(dimension.toString()));
        }
        return OnnxMl.ValueInfoProto.newBuilder()
                .setName(name)
                .setType(OnnxMl.TypeProto.newBuilder()
                        .setTensorType(OnnxMl.TypeProto.Tensor.newBuilder()
                                .setElemType(kind.onnx.getNumber())
                                .setShape(shape)))
                .build();
    }
}
