package dev.dllm4j.cli.docs;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Java of a page, made into a program. */
final class Snippet {
    static final String CLASS = "Snippet";

    private Snippet() {}

    /** Compiles statements into a class {@value #CLASS}; what the compiler objects to, or nothing. */
    static String compile(String statements, String classPath, Path output) {
        String source = """
                import dev.dllm4j.decoder.*;
                import dev.dllm4j.decoder.onnx.RuntimeOptions;
                import java.nio.file.Path;

                public class Snippet {
                    public static void main(String[] arguments) {
                STATEMENTS
                    }
                }
                """.replace("STATEMENTS", statements);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter objections = new StringWriter();
        boolean compiled = compiler.getTask(
                        objections,
                        null,
                        null,
                        List.of("-classpath", classPath, "-d", output.toString(), "-proc:none"),
                        null,
                        List.of(new Source(source)))
                .call();
        return compiled ? "" : objections + "\n" + source;
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("string:///" + CLASS + ".java"), JavaFileObject.Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
