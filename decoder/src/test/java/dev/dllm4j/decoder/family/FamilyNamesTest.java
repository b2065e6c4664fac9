package dev.dllm4j.decoder.family;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A family is a file: no other package of the module names one. */
class FamilyNamesTest {
    private static final String HOME = "dev/dllm4j/decoder/family/";

    @Test
    void noClassOfAnotherPackageNamesAFamily() throws Exception {
        Path classes = Path.of(Families.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        TreeMap<String, Set<String>> named = new TreeMap<>();
        int scanned = 0;
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".class")).toList()) {
                String name = classes.relativize(file).toString().replace('\\', '/');
                Set<String> families = texts(file);
                families.retainAll(Families.allNames());
                scanned++;
                if (!families.isEmpty()) {
                    named.put(name, families);
                }
            }
        }
        assertThat(scanned).isGreaterThan(150);
        assertThat(named.keySet().stream().filter(name -> name.startsWith(HOME)))
                .hasSizeGreaterThanOrEqualTo(2);
        assertThat(named.keySet()).allMatch(name -> name.startsWith(HOME), "is in " + HOME);
    }

    /** The texts of a class's constant pool, in lower case, each with the words that it has between other signs. */
    private static Set<String> texts(Path file) throws IOException {
        Set<String> texts = new HashSet<>();
        try (InputStream in = Files.newInputStream(file);
                DataInputStream data = new DataInputStream(in)) {
            data.skipNBytes(8);
            int constants = data.readUnsignedShort();
            String[] utf8 = new String[constants];
            Set<Integer> strings = new HashSet<>();
            for (int index = 1; index < constants; index++) {
                int tag = data.readUnsignedByte();
                switch (tag) {
                    case 1 -> utf8[index] = data.readUTF();
                    case 8 -> strings.add(data.readUnsignedShort());
                    case 3, 4, 9, 10, 11, 12, 17, 18 -> data.skipNBytes(4);
                    case 5, 6 -> {
                        data.skipNBytes(8);
                        index++;
                    }
                    case 7, 16, 19, 20 -> data.skipNBytes(2);
                    case 15 -> data.skipNBytes(3);
                    default -> throw new IOException(file + " has a constant of kind " + tag);
                }
            }
            for (int string : strings) {
                String text = utf8[string].toLowerCase(Locale.ROOT);
                texts.add(text);
                texts.addAll(List.of(text.split("[^a-z0-9_-]+")));
            }
        }
        return texts;
    }
}
