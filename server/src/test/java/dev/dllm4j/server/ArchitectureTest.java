package dev.dllm4j.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may import whom inside the server. */
class ArchitectureTest {
    private static final String SERVER = "dev.dllm4j.server";

    private static JavaClasses sources;

    @BeforeAll
    static void readTheClasses() {
        sources = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages(SERVER);
    }

    @Test
    void theScanSawTheServer() {
        assertThat(sources.size()).isGreaterThan(40);
        assertThat(sources.stream().map(JavaClass::getPackageName).collect(Collectors.toSet()))
                .contains(SERVER, SERVER + ".http", SERVER + ".engine", SERVER + ".api", SERVER + ".metrics");
    }

    @Test
    void importsRunOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("server")
                .definedBy(SERVER)
                .layer("http")
                .definedBy(SERVER + ".http")
                .layer("metrics")
                .definedBy(SERVER + ".metrics")
                .layer("api")
                .definedBy(SERVER + ".api")
                .layer("text")
                .definedBy(SERVER + ".text")
                .layer("engine")
                .definedBy(SERVER + ".engine")
                .whereLayer("server")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("http")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("metrics")
                .mayOnlyBeAccessedByLayers("server", "http")
                .whereLayer("api")
                .mayOnlyBeAccessedByLayers("server", "http", "metrics")
                .whereLayer("text")
                .mayOnlyBeAccessedByLayers("http", "api")
                .whereLayer("engine")
                .mayOnlyBeAccessedByLayers("server", "http", "metrics")
                .check(sources);
        slices().matching(SERVER + ".(*)..").should().beFreeOfCycles().check(sources);
    }

    @Test
    void eachLibraryIsKnownToOnePackage() {
        onlyIn("io.vertx..", SERVER + ".http");
        onlyIn("io.netty..", SERVER + ".http");
        onlyIn("io.micrometer..", SERVER + ".metrics");
        onlyIn("ai.onnxruntime..", "nowhere");
        onlyIn("com.github.benmanes.caffeine..", SERVER + ".metrics");
    }

    private static void onlyIn(String library, String home) {
        noClasses()
                .that()
                .resideOutsideOfPackage(home)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(sources);
    }

    @Test
    void packagesAreNullMarkedAndNothingPrintsOrInherits() {
        Set<String> unmarked = sources.stream()
                .map(JavaClass::getPackage)
                .filter(found -> !found.isAnnotatedWith(NullMarked.class))
                .map(found -> found.getName())
                .collect(Collectors.toSet());
        assertThat(unmarked).isEmpty();
        noClasses()
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(sources);
        noClasses()
                .that()
                .areNotInterfaces()
                .should()
                .haveModifier(JavaModifier.ABSTRACT)
                .check(sources);
    }
}
