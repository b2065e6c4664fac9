package dev.dllm4j.decoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.RowType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
    @ParameterizedTest
    @CsvSource({"cpu, false, 0, cpu", "cuda, true, 0, cuda:0", "cuda:0, true, 0, cuda:0", "cuda:12, true, 12, cuda:12"})
    void aDeviceIsReadAndPrinted(String text, boolean cuda, int index, String printed) {
        Device device = Device.parse(text);
        assertThat(device).isEqualTo(new Device(cuda, index)).hasToString(printed);
        assertThat(Device.parse(device.toString())).isEqualTo(device);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "CPU",
                "gpu",
                "cpu:0",
                "cuda:",
                "cuda:-1",
                "cuda:x",
                "cuda:1000",
                "cuda:1 ",
                "cuda1",
                "cuda:0:1"
            })
    void anythingElseIsRefusedWithWhatIsKnown(String text) {
        assertThatThrownBy(() -> Device.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("device is " + text + "; known are cpu, cuda, cuda:N");
    }

    @Test
    void rowsAreKeptAsFloat16OnTheCpuAlone() {
        Device cuda = Device.parse("cuda:1");

        assertThat(new RuntimeOptions(cuda, 0).rowType()).isEqualTo(RowType.F32);
        assertThatThrownBy(() -> new RuntimeOptions(cuda, 0, RuntimeOptions.DEFAULT_SCRATCH, RowType.F16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cache type is f16 and device is cuda:1; only on the CPU are rows kept so, so use"
                        + " --cache-type f32 or --device cpu");
    }
}
