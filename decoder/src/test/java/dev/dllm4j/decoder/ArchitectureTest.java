package dev.dllm4j.decoder;

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

/** Who may import whom inside the library; Maven itself holds the edges between modules. */
class ArchitectureTest {
    private static JavaClasses sources;

    @BeforeAll
    static void readTheClasses() {
        sources = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages("dev.dllm4j");
    }

    @Test
    void theScanSawTheLibrary() {
        assertThat(sources.size()).isGreaterThan(80);
        assertThat(sources.stream().map(JavaClass::getPackageName).collect(Collectors.toSet()))
                .contains("dev.dllm4j.cache", "dev.dllm4j.decoder.onnx", "dev.dllm4j.decoder.convert");
    }

    @Test
    void importsRunOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("driver")
                .definedBy("dev.dllm4j.decoder")
                .layer("trace")
                .definedBy("dev.dllm4j.decoder.trace")
                .layer("schedule")
                .definedBy("dev.dllm4j.decoder.schedule")
                .layer("onnx")
                .definedBy("dev.dllm4j.decoder.onnx")
                .layer("convert")
                .definedBy("dev.dllm4j.decoder.convert")
                .layer("family")
                .definedBy("dev.dllm4j.decoder.family")
                .layer("checkpoint")
                .definedBy("dev.dllm4j.decoder.checkpoint")
                .layer("rules")
                .definedBy("dev.dllm4j.decoder.unmask", "dev.dllm4j.decoder.stop", "dev.dllm4j.decoder.sample")
                .layer("model")
                .definedBy("dev.dllm4j.decoder.model")
                .layer("canvas")
                .definedBy("dev.dllm4j.decoder.canvas", "dev.dllm4j.decoder.spec")
                .layer("text")
                .definedBy("dev.dllm4j.decoder.text")
                .layer("template")
                .definedBy("dev.dllm4j.decoder.template")
                .layer("cache")
                .definedBy("dev.dllm4j.cache")
                .whereLayer("schedule")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("trace")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("driver")
                .mayOnlyBeAccessedByLayers("schedule", "trace")
                .whereLayer("onnx")
                .mayOnlyBeAccessedByLayers("driver")
                .whereLayer("convert")
                .mayOnlyBeAccessedByLayers("driver", "onnx", "rules")
                .whereLayer("family")
                .mayOnlyBeAccessedByLayers("convert")
                .whereLayer("checkpoint")
                .mayOnlyBeAccessedByLayers("convert", "family")
                .whereLayer("rules")
                .mayOnlyBeAccessedByLayers("driver", "trace")
                .whereLayer("text")
                .mayOnlyBeAccessedByLayers("driver", "convert", "checkpoint")
                .whereLayer("template")
                .mayOnlyBeAccessedByLayers("text")
                .whereLayer("model")
                .mayOnlyBeAccessedByLayers(
                        "driver", "schedule", "trace", "onnx", "convert", "family", "checkpoint", "rules")
                .whereLayer("canvas")
                .mayOnlyBeAccessedByLayers("driver", "trace", "onnx", "rules", "model")
                .whereLayer("cache")
                .mayOnlyBeAccessedByLayers("driver", "trace", "onnx", "rules", "model", "canvas")
                .check(sources);
    }

    @Test
    void noPackagesGoRoundInCircles() {
        slices().matching("dev.dllm4j.(**)").should().beFreeOfCycles().check(sources);
    }

    @Test
    void eachLibraryIsKnownToOnePackage() {
        onlyIn("ai.onnxruntime..", "dev.dllm4j.decoder.onnx");
        onlyIn("ai.onnx.proto..", "dev.dllm4j.decoder.convert");
        onlyIn("ai.djl..", "dev.dllm4j.decoder.text");
        onlyIn("com.github.benmanes.caffeine..", "dev.dllm4j.cache");
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
    void everyPackageIsNullMarked() {
        Set<String> unmarked = sources.stream()
                .map(JavaClass::getPackage)
                .filter(found -> !found.isAnnotatedWith(NullMarked.class))
                .map(found -> found.getName())
                .collect(Collectors.toSet());
        assertThat(unmarked).isEmpty();
    }

    @Test
    void nothingInheritsFromAClassOfOursAndNothingPrints() {
        noClasses()
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(sources);
        noClasses()
                .that()
                .resideInAPackage("dev.dllm4j..")
                .and()
                .areNotInterfaces()
                .should()
                .haveModifier(JavaModifier.ABSTRACT)
                .check(sources);
    }
}
