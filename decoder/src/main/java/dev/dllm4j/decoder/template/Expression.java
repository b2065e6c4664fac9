package dev.dllm4j.decoder.template;

import java.util.List;
import java.util.Optional;

/** What has a value. Immutable. */
sealed interface Expression {
    /** A text, number, truth value or none. */
    record Literal(Object value) implements Expression {}

    record Name(String name) implements Expression {}

    /** {@code of.name}, or {@code of["name"]} where the key is written out. */
    record Attribute(Expression of, String name, boolean subscript) implements Expression {}

    record Item(Expression of, Expression key) implements Expression {}

    record Slice(Expression of, Optional<Expression> start, Optional<Expression> stop, Optional<Expression> step)
            implements Expression {}

    record Call(Expression function, CallArguments arguments) implements Expression {}

    record FilterCall(Expression value, String name, CallArguments arguments) implements Expression {}

    record TestCall(Expression value, String name, CallArguments arguments, boolean negated) implements Expression {}

    /** {@code not}, {@code -}, {@code +}. */
    record Unary(String operator, Expression operand) implements Expression {}

    /** Arithmetic. */
    record Binary(String operator, Expression left, Expression right) implements Expression {}

    /** {@code and}, {@code or}: one of the operands. */
    record Logic(boolean and, Expression left, Expression right) implements Expression {}

    /** {@code a < b <= c}. */
    record Comparison(Expression first, List<Operand> rest) implements Expression {}

    record Operand(String operator, Expression value) {}

    /** Operands of {@code ~}. */
    record Concatenation(List<Expression> parts) implements Expression {}

    record Conditional(Expression condition, Expression then, Optional<Expression> otherwise) implements Expression {}

    record ListOf(List<Expression> elements) implements Expression {}

    record TupleOf(List<Expression> elements) implements Expression {}

    record DictOf(List<Entry> entries) implements Expression {}

    record Entry(Expression key, Expression value) {}

    record CallArguments(
            List<Expression> positional,
            List<Keyword> named,
            Optional<Expression> furtherPositional,
            Optional<Expression> furtherNamed) {
        static final CallArguments NONE = new CallArguments(List.of(), List.of(), Optional.empty(), Optional.empty());
    }

    record Keyword(String name, Expression value) {}
}
