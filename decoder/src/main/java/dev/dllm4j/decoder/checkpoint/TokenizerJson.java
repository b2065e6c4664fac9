package dev.dllm4j.decoder.checkpoint;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.checkpoint.AddedTokens.Entry;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.text.AddedToken;
import dev.dllm4j.decoder.text.HfTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads and writes {@code tokenizer.json} as it passes by, without holding its vocabulary. */
public final class TokenizerJson {
    public static final String NAME = "tokenizer.json";

    private static final String ADDED = "added_tokens";

    private TokenizerJson() {}

    /**
     * The added tokens in the file's order; {@code vocabulary} sees the model's. Reads past the end of what is wanted,
     * so that a file which does not parse is found here.
     */
    static List<Entry> read(Path file, VocabularyScan vocabulary) {
        List<Entry> added = added(file);
        added.forEach(entry -> vocabulary.want(entry.token().content()));
        eachField(file, (field, parser) -> {
            if (field.equals("model") && parser.currentToken() == JsonToken.START_OBJECT) {
                scanModel(parser, vocabulary);
            } else {
                parser.skipChildren();
            }
        });
        return added;
    }

    /** By a reading of their own, as they may stand after the model, which is to be told of them. */
    private static List<Entry> added(Path file) {
        List<Entry> added = new ArrayList<>();
        eachField(file, (field, parser) -> {
            if (field.equals(ADDED)) {
                for (JsonNode token : parser.<JsonNode>readValueAsTree()) {
                    added.add(new Entry(token.path("id").asInt(), AddedToken.of(token)));
                }
            } else {
                parser.skipChildren();
            }
        });
        return added;
    }

    private interface Field {
        /** @param parser at the field's value, all of which is to be read */
        void read(String name, JsonParser parser) throws IOException;
    }

    private static void eachField(Path file, Field reading) {
        try (InputStream in = open(file);
                JsonParser parser = JsonFile.MAPPER.createParser(in)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw JsonFile.malformed(file, "it holds no JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                reading.read(field, parser);
            }
        } catch (JsonProcessingException e) {
            throw JsonFile.malformed(file, e);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    /** Copies the file with other added tokens; all else stays as it is written. */
    public static void write(Path file, Path target, List<Entry> added) {
        try (InputStream in = open(file);
                JsonParser parser = JsonFile.MAPPER.createParser(in);
                OutputStream out = Files.newOutputStream(target);
                JsonGenerator generator = JsonFile.MAPPER.createGenerator(out)) {
            parser.nextToken();
            generator.writeStartObject();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                if (field.equals(ADDED)) {
                    parser.skipChildren();
                } else {
                    generator.writeFieldName(field);
                    copyExactly(parser, generator);
                }
            }
            writeAdded(generator, added);
            generator.writeEndObject();
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }

    private static void writeAdded(JsonGenerator generator, List<Entry> added) throws IOException {
        generator.writeArrayFieldStart(ADDED);
        for (Entry entry : added) {
            JsonFile.MAPPER.writeTree(generator, entry.token().json(entry.id()));
        }
        generator.writeEndArray();
    }

    /** Numbers keep every digit. */
    private static void copyExactly(JsonParser parser, JsonGenerator generator) throws IOException {
        int depth = 0;
        do {
            JsonToken token = parser.currentToken();
            generator.copyCurrentEventExact(parser);
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        } while (depth > 0 && parser.nextToken() != null);
    }

    private static void scanModel(JsonParser parser, VocabularyScan vocabulary) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (field.equals("vocab") && value == JsonToken.START_OBJECT) {
                scanMapped(parser, vocabulary);
            } else if (field.equals("vocab") && value == JsonToken.START_ARRAY) {
                scanScored(parser, vocabulary);
            } else {
                parser.skipChildren();
            }
        }
    }

    /** {@code {"token": id}}. */
    private static void scanMapped(JsonParser parser, VocabularyScan vocabulary) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String token = parser.currentName();
            if (parser.nextToken() == JsonToken.VALUE_NUMBER_INT) {
                vocabulary.see(token, parser.getIntValue());
            } else {
                parser.skipChildren();
            }
        }
    }

    /** {@code [["token", score]]}, the id being the place in the list. */
    private static void scanScored(JsonParser parser, VocabularyScan vocabulary) throws IOException {
        for (int id = 0; parser.nextToken() == JsonToken.START_ARRAY; id++) {
            vocabulary.see(String.valueOf(parser.nextTextValue()), id);
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                parser.skipChildren();
            }
        }
    }

    private static InputStream open(Path file) throws IOException {
        ReadableFile.size(file, HfTokenizer.MOST_BYTES);
        return ReadableFile.open(file);
    }
}
