package dev.dllm4j.decoder.file;

import java.nio.file.Path;
import java.util.Map;

/** Where files are kept that can be made again, by the user's environment. */
public final class CacheLocation {
    /** Names the folder. */
    public static final String VARIABLE = "DLLM4J_CACHE";

    private static final String XDG_VARIABLE = "XDG_CACHE_HOME";

    /** DJL's own: where it unpacks native libraries, by default in a folder of the user's home. */
    private static final String DJL_VARIABLE = "DJL_CACHE_DIR";

    private CacheLocation() {}

    /** {@code $DLLM4J_CACHE}, else {@code dllm4j} in the user's folder of caches; a relative path there is to be ignored. */
    public static Path of(Map<String, String> environment) {
        String own = environment.getOrDefault(VARIABLE, "");
        if (!own.isEmpty()) {
            return Path.of(own);
        }
        Path xdg = Path.of(environment.getOrDefault(XDG_VARIABLE, ""));
        Path caches = xdg.isAbsolute() ? xdg : Path.of(System.getProperty("user.home"), ".cache");
        return caches.resolve("dllm4j");
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
