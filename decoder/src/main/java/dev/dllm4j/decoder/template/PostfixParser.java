package dev.dllm4j.decoder.template;

import dev.dllm4j.decoder.template.Expression.Attribute;
import dev.dllm4j.decoder.template.Expression.Call;
import dev.dllm4j.decoder.template.Expression.CallArguments;
import dev.dllm4j.decoder.template.Expression.FilterCall;
import dev.dllm4j.decoder.template.Expression.Item;
import dev.dllm4j.decoder.template.Expression.Keyword;
import dev.dllm4j.decoder.template.Expression.Literal;
import dev.dllm4j.decoder.template.Expression.Name;
import dev.dllm4j.decoder.template.Expression.Slice;
import dev.dllm4j.decoder.template.Expression.TestCall;
import dev.dllm4j.decoder.template.Expression.TupleOf;
import dev.dllm4j.decoder.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What follows a value: attributes, items, slices, calls, filters, tests. Refuses what has no such name. */
final class PostfixParser {
    private final Tokens tokens;
    private final ExpressionParser expressions;
    private final Set<String> furtherFilters;

    PostfixParser(Tokens tokens, ExpressionParser expressions, Set<String> furtherFilters) {
        this.tokens = tokens;
        this.expressions = expressions;
        this.furtherFilters = furtherFilters;
    }

    Expression postfix(Expression start) {
        Expression value = start;
        while (true) {
            if (tokens.skipOperator(".")) {
                value = attribute(value);
            } else if (tokens.skipOperator("[")) {
                value = subscript(value);
            } else if (tokens.atOperator("(")) {
                value = call(value);
            } else {
                return value;
            }
        }
    }

    Expression filtersAndTests(Expression start) {
        Expression value = start;
        while (true) {
            if (tokens.atOperator("|")) {
                value = filters(value);
            } else if (tokens.skipName("is")) {
                value = test(value);
            } else if (tokens.atOperator("(")) {
                value = call(value);
            } else {
                return value;
            }
        }
    }

    /** The filters of a block, the first without its bar. */
    Expression blockFilters(Expression captured) {
        return filters(filter(captured));
    }

    Expression filters(Expression start) {
        Expression value = start;
        while (tokens.skipOperator("|")) {
            value = filter(value);
        }
        return value;
    }

    private Expression filter(Expression value) {
        String name = dotted("the name of a filter");
        if (!furtherFilters.contains(name) && !Filters.ALL.containsKey(name)) {
            throw tokens.fail("the filter " + name + " is not supported");
        }
        CallArguments arguments = tokens.atOperator("(") ? arguments() : CallArguments.NONE;
        switch (name) {
            case "map" -> refuseUnknown("filter", arguments, 0, Filters.ALL.keySet());
            case "select", "reject" -> refuseUnknown("test", arguments, 0, Tests.ALL.keySet());
            case "selectattr", "rejectattr" -> refuseUnknown("test", arguments, 1, Tests.ALL.keySet());
            default -> {}
        }
        return new FilterCall(value, name, arguments);
    }

    /** Where an argument is the name of a filter or test. */
    private void refuseUnknown(String what, CallArguments arguments, int index, Set<String> known) {
        if (index < arguments.positional().size()
                && arguments.positional().get(index) instanceof Literal literal
                && literal.value() instanceof String name
                && !known.contains(name)) {
            throw tokens.fail("the " + what + " " + name + " is not supported");
        }
    }

    private Expression test(Expression value) {
        boolean negated = tokens.skipName("not");
        String name = dotted("the name of a test");
        if (!Tests.ALL.containsKey(name)) {
            throw tokens.fail("the test " + name + " is not supported");
        }
        CallArguments arguments = CallArguments.NONE;
        if (tokens.atOperator("(")) {
            arguments = arguments();
        } else if (argumentFollows()) {
            if (tokens.atName("is")) {
                throw tokens.fail("tests cannot be chained with is");
            }
            Expression argument = postfix(expressions.primary());
            arguments = new CallArguments(List.of(argument), List.of(), Optional.empty(), Optional.empty());
        }
        return new TestCall(value, name, arguments, negated);
    }

    private boolean argumentFollows() {
        return switch (tokens.current().kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME -> !tokens.atName("else") && !tokens.atName("or") && !tokens.atName("and");
            case OPERATOR -> tokens.atOperator("[") || tokens.atOperator("{");
            default -> false;
        };
    }

    private String dotted(String what) {
        StringBuilder name = new StringBuilder(tokens.expect(Kind.NAME, what).text());
        while (tokens.skipOperator(".")) {
            name.append('.').append(tokens.expect(Kind.NAME, what).text());
        }
        return name.toString();
    }

    private Expression attribute(Expression of) {
        if (tokens.at(Kind.INTEGER)) {
            return new Item(of, expressions.primary());
        }
        String name = tokens.expect(Kind.NAME, "the name of an attribute").text();
        refuseInternal(name);
        return new Attribute(of, name, false);
    }

    private void refuseInternal(String name) {
        if (Attributes.isInternal(name)) {
            throw tokens.fail("the attribute " + name + " is refused: it is internal to Python");
        }
    }

    private Expression subscript(Expression of) {
        tokens.enter();
        List<Expression> keys = new ArrayList<>();
        Optional<Expression> slice = Optional.empty();
        while (!tokens.atOperator("]")) {
            if (!keys.isEmpty()) {
                tokens.expectOperator(",");
            }
            Optional<Expression> key =
                    tokens.atOperator(":") ? Optional.empty() : Optional.of(expressions.expression());
            if (tokens.skipOperator(":")) {
                slice = Optional.of(slice(of, key));
                break;
            }
            keys.add(key.orElseThrow());
        }
        tokens.expectOperator("]");
        tokens.leave();
        if (slice.isPresent() && keys.isEmpty()) {
            return slice.get();
        }
        if (slice.isPresent() || keys.isEmpty()) {
            throw tokens.fail("a subscript needs one key or one slice");
        }
        if (keys.size() == 1 && keys.get(0) instanceof Literal literal && literal.value() instanceof String name) {
            refuseInternal(name);
            return new Attribute(of, name, true);
        }
        return new Item(of, keys.size() == 1 ? keys.get(0) : new TupleOf(List.copyOf(keys)));
    }

    private Slice slice(Expression of, Optional<Expression> start) {
        Optional<Expression> stop = Optional.empty();
        Optional<Expression> step = Optional.empty();
        if (!tokens.atOperator("]") && !tokens.atOperator(":")) {
            stop = Optional.of(expressions.expression());
        }
        if (tokens.skipOperator(":") && !tokens.atOperator("]")) {
            step = Optional.of(expressions.expression());
        }
        return new Slice(of, start, stop, step);
    }

    private Expression call(Expression function) {
        if (function instanceof Attribute attribute && !Methods.NAMES.contains(attribute.name())) {
            throw tokens.fail("the method " + attribute.name() + " is not supported"
                    + (Methods.CHANGING.contains(attribute.name()) ? ": values cannot be changed" : ""));
        }
        if (function instanceof Name name && Globals.REFUSED.contains(name.name())) {
            throw tokens.fail("the function " + name.name() + " is not supported");
        }
        return new Call(function, arguments());
    }

    CallArguments arguments() {
        tokens.enter();
        tokens.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        List<Keyword> named = new ArrayList<>();
        Optional<Expression> furtherPositional = Optional.empty();
        Optional<Expression> furtherNamed = Optional.empty();
        boolean first = true;
        while (!tokens.atOperator(")")) {
            if (!first) {
                tokens.expectOperator(",");
                if (tokens.atOperator(")")) {
                    break;
                }
            }
            first = false;
            if (tokens.atOperator("*") && furtherPositional.isEmpty() && furtherNamed.isEmpty()) {
                tokens.next();
                furtherPositional = Optional.of(expressions.expression());
            } else if (tokens.atOperator("**") && furtherNamed.isEmpty()) {
                tokens.next();
                furtherNamed = Optional.of(expressions.expression());
            } else if (furtherNamed.isEmpty()
                    && tokens.at(Kind.NAME)
                    && tokens.ahead().is(Kind.OPERATOR, "=")) {
                String name = tokens.next().text();
                tokens.next();
                named.add(new Keyword(name, expressions.expression()));
            } else if (named.isEmpty() && furtherPositional.isEmpty() && furtherNamed.isEmpty()) {
                positional.add(expressions.expression());
            } else {
                throw tokens.fail("a positional argument follows a named one");
            }
        }
        tokens.expectOperator(")");
        tokens.leave();
        return new CallArguments(List.copyOf(positional), List.copyOf(named), furtherPositional, furtherNamed);
    }
}
