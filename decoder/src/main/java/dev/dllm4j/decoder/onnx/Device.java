package dev.dllm4j.decoder.onnx;

/**
 * Where a model runs.
 *
 * @param cuda whether on an NVIDIA card
 * @param index of the card, 0 on the CPU
 */
public record Device(boolean cuda, int index) {
    public static final Device CPU = new Device(false, 0);

    /** Reads {@code cpu}, {@code cuda} or {@code cuda:1}. */
    public static Device parse(String text) {
        if (text.equals("cpu")) {
            return CPU;
        }
        if (text.matches("cuda(:[0-9]{1,3})?")) {
            return new Device(true, text.length() == 4 ? 0 : Integer.parseInt(text.substring(5)));
        }
        throw new IllegalArgumentException("device is " + text + "; known are cpu, cuda, cuda:N");
    }

    @Override
    public String toString() {
        return cuda ? "cuda:" + index : "cpu";
    }
}
