package dev.dllm4j.cache;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Direct memory that is given back to the system when it is freed, not when the garbage collector comes by. */
final class DirectMemory {
    /** {@code sun.misc.Unsafe.invokeCleaner}, of the module jdk.unsupported; null where a runtime is built without it. */
    private static final @Nullable MethodHandle CLEANER = cleaner();

    private DirectMemory() {}

    /**
     * A zeroed buffer of native order.
     *
     * @throws OutOfMemoryError where the JVM's limit of direct memory is reached
     */
    static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** Gives the memory of a buffer from {@link #allocate} back. Neither it nor a view of it may be touched again. */
    static void free(ByteBuffer buffer) {
        if (CLEANER == null) {
            return;
        }
        try {
            CLEANER.invokeExact(buffer);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static @Nullable MethodHandle cleaner() {
        try {
            Class<?> unsafe = Class.forName("sun.misc.Unsafe");
            Field instance = unsafe.getDeclaredField("theUnsafe");
            instance.setAccessible(true);
            return MethodHandles.lookup()
                    .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
                    .bindTo(instance.get(null));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }
}
