package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
    @TempDir
    private Path folder;

    @Test
    void noOtherProcessCanLockTheItemsOfAnOpenRun() throws IOException, InterruptedException {
        ObjectNode about = JsonNodeFactory.instance.objectNode().put("model", "tiny");
        Path items = folder.resolve(RunFolder.ITEMS);

        for (int attempt = 0; attempt < 2; attempt++) {
            try (RunFolder run = RunFolder.open(folder, about, about.objectNode(), line -> line)) {
                run.add(about.objectNode().put("id", "q" + attempt));
                assertThat(LockProbe.canLock(items)).isFalse();
            }
            assertThat(LockProbe.canLock(items)).isTrue();
        }
    }
}
