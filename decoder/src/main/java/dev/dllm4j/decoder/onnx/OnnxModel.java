package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RowType;
import dev.dllm4j.decoder.convert.MatrixType;
import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.convert.ModelMemory;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.RowRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** A model folder on ONNX Runtime. Forwards of several threads run one after the other; each uses all of the pool. */
public final class OnnxModel implements MaskPredictor {
    private final ModelFolder folder;
    private final RowType rowType;
    private final OrtSession.SessionOptions options;
    private final Transformer transformer;
    private final Head head;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Segment> segments = new ArrayList<>();
    private boolean closed;

    private OnnxModel(
            ModelFolder folder,
            RowType rowType,
            OrtSession.SessionOptions options,
            Transformer transformer,
            Head head) {
        this.folder = folder;
        this.rowType = rowType;
        this.options = options;
        this.transformer = transformer;
        this.head = head;
    }

    /**
     * Opens a folder that the converter wrote.
     *
     * @throws dev.dllm4j.decoder.model.ModelException if a file is missing or wrong, the device is not to be had, or there
     *     is less memory than the model takes, unless the options say to open it all the same
     */
    public static OnnxModel open(Path path, RuntimeOptions runtime) {
        return open(path, runtime, OnnxModel::availableMemory);
    }

    /** @param available bytes of memory that the process can still get, where that is known */
    static OnnxModel open(Path path, RuntimeOptions runtime, Supplier<OptionalLong> available) {
        ModelFolder folder = ModelFolder.read(path);
        MemoryFit.require(folder, runtime, available.get());
        return open(folder, runtime, Piece::open);
    }

    /**
     * Opens a folder for a forward or two: each piece is loaded for its run and given up after it. That takes the memory
     * of the largest piece in place of that of all, and the time of loading the model for every forward.
     *
     * @throws dev.dllm4j.decoder.model.ModelException as {@link #open} does, some of it only from {@link #predict}
     */
    public static OnnxModel openInPassing(Path path, RuntimeOptions runtime) {
        return openInPassing(path, runtime, OnnxModel::availableMemory);
    }

    /** @param available bytes of memory that the process can still get, where that is known */
    static OnnxModel openInPassing(Path path, RuntimeOptions runtime, Supplier<OptionalLong> available) {
        ModelFolder folder = ModelFolder.read(path);
        if (!runtime.force()) {
            MemoryFit.requireInPassing(path.toString(), folder.memory(), available.get());
        }
        return open(folder, runtime, Piece::openInPassing);
    }

    /** Bytes of memory that this process can still get, the page cache counted in; empty where that is not known. */
    public static OptionalLong availableMemory() {
        return SystemMemory.ofMachine().available();
    }

    /**
     * Refuses a model that even {@link #openInPassing} cannot run with the memory there is.
     *
     * @param model how the refusal calls it
     * @throws dev.dllm4j.decoder.model.ModelException where that is so
     */
    public static void requireMemoryInPassing(String model, ModelMemory memory) {
        MemoryFit.requireInPassing(model, memory, availableMemory());
    }

    private static OnnxModel open(ModelFolder folder, RuntimeOptions runtime, Piece.Opener opener) {
        Path path = folder.path();
        folder.verifyGraphs();
        if (runtime.device().cuda() && folder.weights().type().quantized()) {
            throw new ModelException("device is " + runtime.device() + "; " + folder.weights()
                    + " weights run on the CPU alone, so convert the checkpoint with --weights f32, f16 or bf16");
        }
        OrtEnvironment environment = OrtProcess.environment(runtime.threads());
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            OrtSession.SessionOptions options = OrtProcess.sessionOptions(runtime.device());
            opened.add(options);
            if (folder.weights().matrices().containsValue(MatrixType.INT8)) {
                ExactSums.require(environment, options);
            }
            Transformer transformer =
                    new Transformer(environment, options, path, folder.spec(), runtime.scratchBytes(), opener);
            opened.add(transformer);
            Head head = new Head(environment, options, path, folder.spec(), opener);
            return new OnnxModel(folder, runtime.rowType(), options, transformer, head);
        } catch (RuntimeException e) {
            Closing.all(opened);
            throw e;
        }
    }

    @Override
    public ModelSpec spec() {
        return folder.spec();
    }

    @Override
    public Recipe recipe() {
        return folder.recipe();
    }

    @Override
    public RowType rowType() {
        return rowType;
    }

    /** The folder this model was opened from. */
    public ModelFolder folder() {
        return folder;
    }

    @Override
    public void predict(List<RowRequest> requests) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the model is closed; open its folder again");
            }
            for (RowRequest request : requests) {
                segments.add(new Segment(request));
            }
            Slab hidden = transformer.run(segments);
            if (!segments.isEmpty()) {
                head.predict(segments, hidden, this::firstWithoutNumbers);
            }
        } finally {
            segments.clear();
            lock.unlock();
        }
    }

    /** Runs the request's whole canvas by itself, unguided and with nothing kept, and looks between the layers. */
    private String firstWithoutNumbers(RowRequest request) {
        Positions rows = new Positions(request.canvas().length());
        rows.addRange(0, request.canvas().length());
        return transformer.firstWithoutNumbers(new Segment(new RowRequest(
                request.canvas(), rows, request.demand(), request.predictions(), Guidance.NONE, null, () -> false)));
    }

    /** Waits for a running forward; closing again does nothing. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                Closing.all(List.of(options, transformer, head));
            }
        } finally {
            lock.unlock();
        }
    }
}
