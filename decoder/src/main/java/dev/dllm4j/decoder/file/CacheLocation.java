package dev.dllm4j.decoder.file;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/** Where files are kept that can be made again, by the user's environment. */
public final class CacheLocation {
    /** Names the folder. */
    public static final String VARIABLE = "DLLM4J_CACHE";

    private static final String XDG_VARIABLE = "XDG_CACHE_HOME";

    /** DJL's own: where it unpacks native libraries, by default in a folder of the user's home. */
    private static final String DJL_VARIABLE = "DJL_CACHE_DIR";

    private CacheLocation() {}

    /**
     * {@code $DLLM4J_CACHE}, else {@code dllm4j} in the user's folder of caches, {@code $XDG_CACHE_HOME} or
     * {@code $HOME/.cache}; a relative path in either is to be ignored.
     *
     * @throws IllegalArgumentException where nothing says where the user's files are
     */
    public static Path of(Map<String, String> environment) {
        String own = environment.getOrDefault(VARIABLE, "");
        if (!own.isEmpty()) {
            return Path.of(own);
        }
        Path xdg = Path.of(environment.getOrDefault(XDG_VARIABLE, ""));
        return (xdg.isAbsolute() ? xdg : home(environment).resolve(".cache")).resolve("dllm4j");
    }

    /** The shell's home, which the user may have set, else Java's, which is {@code ?} for a user that nobody knows. */
    private static Path home(Map<String, String> environment) {
        return Stream.of(environment.getOrDefault("HOME", ""), System.getProperty("user.home", ""))
                .map(Path::of)
                .filter(Path::isAbsolute)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the user's home folder is not known, and " + VARIABLE
                        + " is not set; it names the folder for what can be made again, so set it"));
    }

    /** Lets DJL unpack its libraries into the folder that the user named for ours, unless one was named for DJL. */
    public static void offerDjl() {
        Map<String, String> environment = System.getenv();
        boolean named = environment.containsKey(DJL_VARIABLE) || System.getProperty(DJL_VARIABLE) != null;
        if (!named && !environment.getOrDefault(VARIABLE, "").isEmpty()) {
            System.setProperty(DJL_VARIABLE, of(environment).resolve("djl").toString());
        }
    }
}
