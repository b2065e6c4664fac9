package dev.dllm4j.train;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import ai.djl.ndarray.NDArray;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final List<String> OPERATORS =
            List.of("add", "sub", "mul", "div", "mod", "pow", "maximum", "minimum");

    private static final JavaClasses SOURCES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.dllm4j.train");

    /** DJL frees such a number at once, and gradients that read it again are wrong; see Tensors.constant. */
    @Test
    void onlyOptimizersComputeWithNumbersThatAreNoArrays() {
        for (String operator : OPERATORS) {
            noClasses()
                    .that()
                    .haveSimpleNameNotContaining("AdamW")
                    .and()
                    .haveSimpleNameNotContaining("Muon")
                    .should()
                    .callMethod(NDArray.class, operator, Number.class)
                    .check(SOURCES);
        }
    }
}
