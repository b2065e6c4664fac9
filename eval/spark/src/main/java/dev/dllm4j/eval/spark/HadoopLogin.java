package dev.dllm4j.eval.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import org.apache.hadoop.security.UserGroupInformation;

/**
 * Whether this Java can read files by way of Hadoop, as Spark does. Hadoop up to 3.4 asks the Java platform for the
 * security manager's subject, which Java 24 and newer refuse; no option of Java's brings that back. Spark starts all the
 * same, and fails at the first file.
 */
final class HadoopLogin {
    private HadoopLogin() {}

    /** @throws IllegalArgumentException where it cannot */
    static void require() {
        require(UserGroupInformation::getCurrentUser);
    }

    static void require(Callable<?> login) {
        try {
            login.call();
        } catch (UnsupportedOperationException e) {
            throw new IllegalArgumentException(
                    "java is " + Runtime.version()
                            + "; this Spark's Hadoop reads no file with it, so point JAVA_HOME at a"
                            + " Java 17 or 21, on the executors, too",
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException("Hadoop knows no user for this process (" + e + "); check its settings", e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
