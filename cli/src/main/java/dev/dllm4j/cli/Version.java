package dev.dllm4j.cli;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** The jar's version, and the Java it runs on. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                .orElse("(not from its jar)");
        return new String[] {"dllm4j " + version + ", Java " + Runtime.version()};
    }
}
