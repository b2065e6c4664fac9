package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OrtEnvironment;
import dev.dllm4j.decoder.file.CacheLocation;
import dev.dllm4j.decoder.file.WorkFolder;
import dev.dllm4j.decoder.onnx.PackedLibraries.Library;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Where ONNX Runtime's native libraries lie unpacked: a folder of the user's cache, one for each content, that all
 * processes share. A library appears there by a rename and is compared with the jar's checksum before every use. Code is
 * loaded from there, so the folders must be the user's own and writable for nobody else; where they are not, or cannot
 * be written, a folder among the system's temporary files serves for the time of the process.
 */
final class NativeFolder {
    /** A folder in place of the cache's, or {@value #TEMPORARY}. */
    static final String PROPERTY = "dllm4j.natives";

    static final String TEMPORARY = "temp";

    private static final System.Logger LOGGER = System.getLogger(NativeFolder.class.getName());
    /** ONNX Runtime's own property: where it loads its libraries from, and looks for those of providers. */
    private static final String ONNX_RUNTIME_PATH = "onnxruntime.native.path";
    /** Loaded by every process; the others belong to devices. */
    private static final List<String> BASIC =
            List.of("onnxruntime_providers_shared", "onnxruntime", "onnxruntime4j_jni");

    private static final Set<PosixFilePermission> WRITABLE_FOR_OTHERS =
            Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    private NativeFolder() {}

    /** Lets ONNX Runtime load from the folder, unless the user named one of ONNX Runtime's own. Before its first use. */
    static void use() {
        if (System.getProperties().stringPropertyNames().stream()
                .anyMatch(name -> name.startsWith("onnxruntime.native."))) {
            return;
        }
        try {
            List<Library> libraries = packed(BASIC);
            if (!libraries.isEmpty()) {
                System.setProperty(ONNX_RUNTIME_PATH, holding(libraries).toString());
            }
        } catch (IOException e) {
            LOGGER.log(Level.DEBUG, "ONNX Runtime unpacks its libraries itself", e);
        }
    }

    /** What to do where the libraries can be unpacked nowhere. */
    static String remedy() {
        String wanted = System.getProperty(PROPERTY, "");
        return "its libraries are unpacked to "
                + (wanted.isEmpty() ? ofCache() : wanted)
                + " or, where that cannot be written, to " + System.getProperty("java.io.tmpdir")
                + ", so make one writable, or name a folder with " + CacheLocation.VARIABLE;
    }

    /** Puts a provider's library beside those that were loaded from here. */
    static void add(String library) {
        Path folder = Path.of(System.getProperty(ONNX_RUNTIME_PATH, ""));
        try {
            if (folder.getParent() != null && ours(folder, folder.getParent())) {
                fill(folder, packed(List.of(library)));
            }
        } catch (IOException e) {
            LOGGER.log(Level.DEBUG, library + " is left to ONNX Runtime", e);
        }
    }

    /** A folder with these libraries in it. */
    static Path holding(List<Library> libraries) throws IOException {
        String wanted = System.getProperty(PROPERTY, "");
        if (!wanted.equals(TEMPORARY)) {
            try {
                return inCache(wanted.isEmpty() ? ofCache() : Path.of(wanted), libraries);
            } catch (IOException e) {
                LOGGER.log(Level.DEBUG, "native libraries go to a temporary folder", e);
            }
        }
        // Deleted when the process ends; what a killed one left, by the next.
        Path temporary = WorkFolder.create(Path.of(System.getProperty("java.io.tmpdir")), "dllm4j-natives")
                .path();
        fill(temporary, libraries);
        return temporary;
    }

    /**
     * A folder inside {@code cache} with these libraries in it.
     *
     * @throws IOException also where others could put libraries of theirs there
     */
    static Path inCache(Path cache, List<Library> libraries) throws IOException {
        Path folder = cache.resolve(platform().orElse("any") + "-" + PackedLibraries.digest(libraries));
        Files.createDirectories(folder, privately());
        if (!ours(folder, cache)) {
            throw new IOException(cache + " can be written by others than the user");
        }
        fill(folder, libraries);
        return folder.toAbsolutePath();
    }

    private static Path ofCache() {
        return CacheLocation.of(System.getenv()).resolve("onnxruntime");
    }

    private static void fill(Path folder, List<Library> libraries) throws IOException {
        for (Library library : libraries) {
            Path file = folder.resolve(library.fileName());
            if (!library.equalsFile(file)) {
                try (WorkFolder work = WorkFolder.create(folder, "unpacked")) {
                    Path unpacked = work.path().resolve(library.fileName());
                    library.unpack(unpacked);
                    Files.move(unpacked, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private static List<Library> packed(List<String> libraries) throws IOException {
        Optional<String> platform = platform();
        if (platform.isEmpty()) {
            return List.of();
        }
        String folder = "/ai/onnxruntime/native/" + platform.get() + "/";
        return PackedLibraries.beside(
                OrtEnvironment.class,
                folder + fileName("onnxruntime"),
                libraries.stream().map(NativeFolder::fileName).toList());
    }

    private static String fileName(String library) {
        return System.mapLibraryName(library).replace("jnilib", "dylib");
    }

    /** As ONNX Runtime names it; empty where it has none of these names. */
    private static Optional<String> platform() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "");
        String system = os.contains("mac") ? "osx" : os.contains("win") ? "win" : os.contains("nux") ? "linux" : "";
        String processor = Set.of("amd64", "x86_64").contains(arch) ? "x64" : arch.equals("aarch64") ? arch : "";
        return system.isEmpty() || processor.isEmpty() ? Optional.empty() : Optional.of(system + "-" + processor);
    }

    private static FileAttribute<?>[] privately() {
        return posix()
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    private static boolean ours(Path... folders) throws IOException {
        if (!posix()) {
            return true;
        }
        UserPrincipal user = user();
        for (Path folder : folders) {
            if (!Files.getOwner(folder).equals(user)
                    || Files.getPosixFilePermissions(folder).stream().anyMatch(WRITABLE_FOR_OTHERS::contains)) {
                return false;
            }
        }
        return true;
    }

    /** In a container a user may have no name but a number. */
    private static UserPrincipal user() throws IOException {
        Path self = Path.of("/proc/self");
        return Files.exists(self)
                ? Files.getOwner(self)
                : FileSystems.getDefault()
                        .getUserPrincipalLookupService()
                        .lookupPrincipalByName(System.getProperty("user.name"));
    }

    private static boolean posix() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    }
}
