package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * ONNX Runtime's one environment a process. All sessions share its thread pool (pools of their own would oversubscribe
 * the cores), and its threads do not spin while idle.
 */
final class OrtProcess {
    private OrtProcess() {}

    /** The environment; the first call's thread count holds for the life of the process. */
    static OrtEnvironment environment(int threads) {
        return Holder.get(threads);
    }

    /**
     * Options of a session on a device. The caller closes them. Sessions have no arena: each would keep what its largest
     * run took, for every layer of the model.
     */
    static OrtSession.SessionOptions sessionOptions(Device device) {
        try {
            OrtSession.SessionOptions options = new OrtSession.SessionOptions();
            options.disablePerSessionThreads();
            options.setCPUArenaAllocator(false);
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
            if (device.cuda()) {
                requireCuda(device);
                addCuda(options, device);
            }
            return options;
        } catch (OrtException e) {
            throw new ModelException(
                    "device is " + device + "; ONNX Runtime cannot use it (" + firstLine(e) + "), so try --device cpu",
                    e);
        }
    }

    /**
     * Whether sessions made with the options from here on keep what their runs took. Memory is not planned beforehand:
     * the plan of a second run of a shape would lie in a block of its own, beside what the first one took.
     */
    static void arena(OrtSession.SessionOptions options, boolean keeps) {
        try {
            options.setCPUArenaAllocator(keeps);
            options.setMemoryPatternOptimization(false);
        } catch (OrtException e) {
            throw new ModelException("ONNX Runtime takes no allocator: " + firstLine(e), e);
        }
    }

    /** The first line of a native message; the others are ONNX Runtime's own file and line numbers. */
    static String firstLine(OrtException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("no message");
    }

    /** By an options object: the call that takes a mere index does not say which library is missing. */
    private static void addCuda(OrtSession.SessionOptions options, Device device) throws OrtException {
        NativeFolder.add("onnxruntime_providers_cuda");
        try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device.index())) {
            options.addCUDA(cuda);
        }
    }

    private static void requireCuda(Device device) {
        if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
            throw new ModelException("device is " + device
                    + "; this build runs on the CPU only, so build with mvn -Pcuda package or use --device cpu");
        }
    }

    /** Keeps the environment that the first caller made. */
    private static final class Holder {
        private static final System.Logger LOGGER = System.getLogger(OrtProcess.class.getName());

        /**
         * Stack of the thread that makes the environment. ONNX Runtime 1.29 matches regular expressions against the
         * process's command line there, with a recursion per character: a class path of a few kilobytes overflows an
         * ordinary Java stack and kills the process.
         */
        private static final long STACK_BYTES = 512L << 20;

        private static boolean made;

        static synchronized OrtEnvironment get(int threads) {
            if (!made) {
                make(threads);
                made = true;
            }
            return OrtEnvironment.getEnvironment();
        }

        /**
         * Takes one more native reference and never gives it back: ONNX Runtime's own shutdown hook would free the
         * environment on Ctrl-C and SIGTERM, also under a running forward, and crash the process.
         */
        private static void keepForLife() {
            try {
                Field api = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("ortApiHandle");
                Method create =
                        OrtEnvironment.class.getDeclaredMethod("createHandle", long.class, int.class, String.class);
                api.setAccessible(true);
                create.setAccessible(true);
                create.invoke(null, api.getLong(null), OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR.getValue(), "dllm4j");
            } catch (ReflectiveOperationException | RuntimeException e) {
                LOGGER.log(Level.DEBUG, "a signal during a forward may crash this version of ONNX Runtime", e);
            }
        }

        /** ONNX Runtime makes a folder among the temporary files, which is empty, and deletes it in an orderly end only. */
        private static void deleteTemporaryFolder() {
            try {
                Field folder = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("tempDirectory");
                folder.setAccessible(true);
                if (folder.get(null) instanceof Path path) {
                    Files.deleteIfExists(path);
                }
            } catch (ReflectiveOperationException | IOException | RuntimeException e) {
                LOGGER.log(Level.DEBUG, "an empty folder of ONNX Runtime's stays if the process is killed", e);
            }
        }

        private static void make(int threads) {
            NativeFolder.use();
            FutureTask<OrtEnvironment> task = new FutureTask<>(() -> {
                try (var threading = new OrtEnvironment.ThreadingOptions()) {
                    threading.setGlobalIntraOpNumThreads(threads);
                    threading.setGlobalInterOpNumThreads(1);
                    threading.setGlobalSpinControl(false);
                    OrtEnvironment environment =
                            OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "dllm4j", threading);
                    environment.setTelemetry(false);
                    keepForLife();
                    deleteTemporaryFolder();
                    return environment;
                }
            });
            new Thread(null, task, "onnxruntime-start", STACK_BYTES).start();
            try {
                task.get();
            } catch (ExecutionException e) {
                throw new ModelException(
                        "ONNX Runtime cannot start: " + e.getCause() + "; " + NativeFolder.remedy(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ModelException("ONNX Runtime's start was interrupted", e);
            }
        }
    }
}
