package dev.dllm4j.decoder.template;

import java.util.List;
import java.util.Optional;

/** What a template does, in order. Immutable. */
sealed interface Statement {
    /** Line of the template, from 1. */
    int line();

    record Text(int line, String text) implements Statement {}

    record Output(int line, Expression value) implements Statement {}

    record If(int line, List<Branch> branches, List<Statement> otherwise) implements Statement {}

    record Branch(Expression condition, List<Statement> body) {}

    record For(
            int line,
            Target target,
            Expression elements,
            Optional<Expression> condition,
            boolean recursive,
            List<Statement> body,
            List<Statement> otherwise)
            implements Statement {}

    record SetValue(int line, Target target, Expression value) implements Statement {}

    record SetBlock(int line, Target target, Optional<Expression> filtered, List<Statement> body)
            implements Statement {}

    record MacroDefinition(int line, MacroBody macro) implements Statement {}

    record CallBlock(int line, Expression call, MacroBody caller) implements Statement {}

    /** {@code filtered} is a filter of the name {@link #CAPTURED}. */
    record FilterBlock(int line, Expression filtered, List<Statement> body) implements Statement {}

    record With(int line, List<SetValue> values, List<Statement> body) implements Statement {}

    /** {@code break} or {@code continue}. */
    record Jump(int line, boolean out) implements Statement {}

    /** Under which filters of blocks find the block's text; no template can write it. */
    String CAPTURED = "(captured)";

    /** Where a value is put. */
    sealed interface Target {}

    record NameTarget(String name) implements Target {}

    record NamespaceTarget(String namespace, String attribute) implements Target {}

    record TupleTarget(List<Target> targets) implements Target {}

    /**
     * What a macro is made of.
     *
     * @param further which of {@code varargs}, {@code kwargs} and {@code caller} the body names
     */
    record MacroBody(String name, List<Parameter> parameters, List<String> further, List<Statement> body) {}

    record Parameter(String name, Optional<Expression> fallback) {}
}
