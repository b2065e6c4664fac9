package dev.dllm4j.server.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A request's bytes as a JSON object, read strictly: UTF-8, one value, no field twice, no deep nesting, no endless numbers or names. */
public final class RequestBody {
    private static final int DEEPEST = 32;
    private static final int MOST_DIGITS = 100;
    private static final int LONGEST_NAME = 200;

    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxNumberLength(MOST_DIGITS)
                            .maxNameLength(LONGEST_NAME)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // Names of one request are not kept for the next.
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private RequestBody() {}

    /**
     * Reads the object.
     *
     * @throws ApiError if the bytes are none
     */
    public static ObjectNode parse(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            JsonNode value = MAPPER.readTree(text);
            if (value instanceof ObjectNode object) {
                return object;
            }
            throw invalid("the body is " + (text.isBlank() ? "empty" : "no JSON object") + "; send one");
        } catch (CharacterCodingException e) {
            throw invalid("the body is not UTF-8; encode it so");
        } catch (StreamConstraintsException e) {
            throw invalid(
                    "the body has " + excess(String.valueOf(e.getMessage())) + place(e.getLocation()) + "; send less");
        } catch (JsonProcessingException e) {
            throw invalid("the body is not JSON: " + ApiError.quote(e.getOriginalMessage()) + place(e.getLocation()));
        }
    }

    /** Which limit it is, by the name of its constraint in the reader's message. */
    private static String excess(String message) {
        if (message.contains("getMaxNestingDepth")) {
            return "JSON nested more than " + DEEPEST + " deep";
        }
        if (message.contains("getMaxNumberLength") || message.contains("BigDecimal")) {
            return "a number of more than " + MOST_DIGITS + " digits";
        }
        if (message.contains("getMaxNameLength")) {
            return "a field name of more than " + LONGEST_NAME + " characters";
        }
        return "JSON nested more than " + DEEPEST + " deep, a number of more than " + MOST_DIGITS
                + " digits, or a field name of more than " + LONGEST_NAME + " characters";
    }

    /** Where a limit is exceeded, the reader does not always know the place. */
    private static String place(@Nullable JsonLocation location) {
        return location == null ? "" : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
    }

    private static ApiError invalid(String message) {
        return ApiError.request(400, "invalid_json", message);
    }
}
