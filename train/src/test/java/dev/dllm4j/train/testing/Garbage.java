package dev.dllm4j.train.testing;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.Cleaner;
import java.util.concurrent.CountDownLatch;

/** What nobody holds any more. */
public final class Garbage {
    private static final Cleaner CLEANER = Cleaner.create();

    private Garbage() {}

    /** Has the garbage collector take it, direct buffers and their memory with it. */
    public static void collect() throws InterruptedException {
        // What one collection finds is handled in any order, but all of it before what the next one finds.
        for (int collection = 0; collection < 2; collection++) {
            CountDownLatch taken = new CountDownLatch(1);
            CLEANER.register(new Object(), taken::countDown);
            System.gc();
            assertThat(taken.await(10, SECONDS)).isTrue();
        }
    }
}
