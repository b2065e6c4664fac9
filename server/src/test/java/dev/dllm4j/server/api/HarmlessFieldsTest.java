package dev.dllm4j.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dllm4j.server.testing.RequestFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of fields without effect, beside what the tests send and what the pages say. */
class HarmlessFieldsTest {
    private static Stream<String> names() {
        return Stream.of(HarmlessFields.EVERYWHERE, HarmlessFields.CHATS, HarmlessFields.COMPLETIONS)
                .flatMap(List::stream)
                .map(Harmless::field);
    }

    @Test
    void theTestsSendThemAll() {
        assertThat(names().distinct()).containsExactlyInAnyOrderElementsOf(RequestFields.IDLE);
    }

    @Test
    void thePageHasThemAll() throws IOException {
        String page = Files.readString(
                Path.of(System.getProperty("dllm4j.root", "..")).resolve("docs/serving.md"));
        List<String> all = Stream.of(
                        names(),
                        HarmlessFields.MESSAGES.stream().map(Harmless::field),
                        HarmlessFields.PARTS.stream().map(Harmless::field),
                        HarmlessFields.STREAM_OPTIONS.stream().map(Harmless::field))
                .flatMap(names -> names)
                .toList();

        assertThat(all).allMatch(name -> page.contains("`" + name + "`"));
    }

    @Test
    void noneIsListedTwiceForOneEndpoint() {
        for (List<Harmless> own : List.of(HarmlessFields.CHATS, HarmlessFields.COMPLETIONS)) {
            assertThat(Stream.concat(HarmlessFields.EVERYWHERE.stream(), own.stream()))
                    .extracting(Harmless::field)
                    .doesNotHaveDuplicates();
        }
    }

    /** Whatever may be sent in its place is neither an object of unlimited size nor a text of unlimited length. */
    @Test
    void longValuesAreNotTaken() {
        String text = "x".repeat(2000);
        var entries = JsonNodeFactory.instance.objectNode();
        for (int entry = 0; entry < 17; entry++) {
            entries.put("k" + entry, "v");
        }

        assertThat(Stream.of(
                                HarmlessFields.EVERYWHERE,
                                HarmlessFields.CHATS,
                                HarmlessFields.COMPLETIONS,
                                HarmlessFields.MESSAGES,
                                HarmlessFields.PARTS)
                        .flatMap(List::stream))
                .noneMatch(field -> field.takes().test(JsonNodeFactory.instance.textNode(text))
                        || field.takes().test(entries)
                        || field.takes()
                                .test(JsonNodeFactory.instance.objectNode().put("k", text)));
    }
}
