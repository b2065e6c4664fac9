package dev.dllm4j.decoder.text;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Python's {@code json.dumps} as {@code transformers} calls it: blanks behind commas and colons, all of Unicode. */
final class ToJsonFilter implements Filter {
    private static final ObjectWriter WRITER = new ObjectMapper().writer(new Spaced());

    @Override
    public String getName() {
        return "tojson";
    }

    @Override
    public String filter(@Nullable Object value, JinjavaInterpreter interpreter, String... options) {
        if (options.length > 0) {
            throw new IllegalArgumentException("tojson with options is not supported; write it bare");
        }
        try {
            return WRITER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("tojson: " + e.getOriginalMessage(), e);
        }
    }

    private static final class Spaced extends MinimalPrettyPrinter {
        private static final long serialVersionUID = 1L;

        @Override
        public void writeObjectFieldValueSeparator(JsonGenerator json) throws IOException {
            json.writeRaw(": ");
        }

        @Override
        public void writeObjectEntrySeparator(JsonGenerator json) throws IOException {
            json.writeRaw(", ");
        }

        @Override
        public void writeArrayValueSeparator(JsonGenerator json) throws IOException {
            json.writeRaw(", ");
        }
    }
}
