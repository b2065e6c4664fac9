package dev.dllm4j.decoder.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class MessageTest {
    @Test
    void aMessageNeedsARoleButNoWords() {
        assertThat(new Message("user", "").content()).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Message(" ", "Hi"))
                .withMessage("role is \" \"; it must name the speaker, e.g. user, assistant or system");
    }
}
