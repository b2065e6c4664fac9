package dev.dllm4j.train.model;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import dev.dllm4j.decoder.file.CacheLocation;
import dev.dllm4j.decoder.model.ModelException;

/** libtorch, from the jars of this module alone. */
public final class Torch {
    private static final String THREADS = "ai.djl.pytorch.num_threads";

    private Torch() {}

    /**
     * Loads libtorch if that has not been done yet. The first call of a process decides about the threads.
     *
     * @param threads that share the work of an operator; one gives the same result on every run
     * @return a manager that the caller closes
     */
    public static NDManager open(int threads) {
        if (threads < 1 || threads > 1024) {
            throw new IllegalArgumentException("threads is " + threads + "; it must be within [1, 1024]");
        }
        // Left unset, DJL looks for an EC2 host to report to, and on a machine with a GPU downloads a CUDA build.
        setIfAbsent("OPT_OUT_TRACKING", "true");
        setIfAbsent("PYTORCH_FLAVOR", "cpu");
        CacheLocation.offerDjl();
        setIfAbsent("ai.djl.offline", "true");
        setIfAbsent(THREADS, String.valueOf(threads));
        setIfAbsent("ai.djl.pytorch.num_interop_threads", "1");
        try {
            return Engine.getEngine("PyTorch").newBaseManager(Device.cpu());
        } catch (EngineException | UnsatisfiedLinkError e) {
            throw new ModelException(
                    "libtorch cannot be loaded on " + System.getProperty("os.name") + " "
                            + System.getProperty("os.arch") + " (" + e.getMessage()
                            + "); training needs Linux on x86_64, and room for 450 MB in ~/.djl.ai, DJL_CACHE_DIR or DLLM4J_CACHE",
                    e);
        }
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
