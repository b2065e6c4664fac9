package dev.dllm4j.decoder.template;

import dev.dllm4j.decoder.template.Expression.Binary;
import dev.dllm4j.decoder.template.Expression.Comparison;
import dev.dllm4j.decoder.template.Expression.Concatenation;
import dev.dllm4j.decoder.template.Expression.Conditional;
import dev.dllm4j.decoder.template.Expression.DictOf;
import dev.dllm4j.decoder.template.Expression.Entry;
import dev.dllm4j.decoder.template.Expression.ListOf;
import dev.dllm4j.decoder.template.Expression.Literal;
import dev.dllm4j.decoder.template.Expression.Logic;
import dev.dllm4j.decoder.template.Expression.Name;
import dev.dllm4j.decoder.template.Expression.Operand;
import dev.dllm4j.decoder.template.Expression.TupleOf;
import dev.dllm4j.decoder.template.Expression.Unary;
import dev.dllm4j.decoder.template.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Expressions with the precedence of Jinja2, which is not quite Python's: {@code ~} binds tighter than {@code +}. */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final Tokens tokens;
    private final PostfixParser postfix;
    /** Names read so far, cleared by whoever wants to know of a part. */
    private final Set<String> namesRead = new HashSet<>();

    ExpressionParser(Tokens tokens, Set<String> furtherFilters) {
        this.tokens = tokens;
        this.postfix = new PostfixParser(tokens, this, furtherFilters);
    }

    PostfixParser postfix() {
        return postfix;
    }

    Set<String> namesRead() {
        return namesRead;
    }

    Expression expression() {
        tokens.enter();
        Expression value = or();
        while (tokens.skipName("if")) {
            Expression condition = or();
            Optional<Expression> otherwise = tokens.skipName("else") ? Optional.of(expression()) : Optional.empty();
            value = new Conditional(condition, value, otherwise);
        }
        tokens.leave();
        return value;
    }

    /** One expression, or several with commas, which make a tuple; {@code end} is a name that ends it. */
    Expression tuple(boolean conditional, String end, boolean inParentheses) {
        List<Expression> elements = new ArrayList<>();
        boolean tuple = false;
        while (!tupleEnds(end)) {
            elements.add(conditional ? expression() : or());
            if (!tokens.skipOperator(",")) {
                break;
            }
            tuple = true;
        }
        if (!tuple && elements.size() == 1) {
            return elements.get(0);
        }
        if (elements.isEmpty() && !inParentheses) {
            throw tokens.fail(
                    "expected an expression but found " + tokens.current().shown());
        }
        return new TupleOf(List.copyOf(elements));
    }

    private boolean tupleEnds(String end) {
        return tokens.at(Kind.OUTPUT_END)
                || tokens.at(Kind.BLOCK_END)
                || tokens.atOperator(")")
                || (!end.isEmpty() && tokens.atName(end));
    }

    private Expression or() {
        Expression left = and();
        while (tokens.skipName("or")) {
            left = new Logic(false, left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (tokens.skipName("and")) {
            left = new Logic(true, left, not());
        }
        return left;
    }

    private Expression not() {
        if (!tokens.skipName("not")) {
            return comparison();
        }
        tokens.enter();
        Expression operand = not();
        tokens.leave();
        return new Unary("not", operand);
    }

    private Expression comparison() {
        Expression first = sum();
        List<Operand> rest = new ArrayList<>();
        while (true) {
            if (tokens.at(Kind.OPERATOR)
                    && COMPARISONS.contains(tokens.current().text())) {
                rest.add(new Operand(tokens.next().text(), sum()));
            } else if (tokens.skipName("in")) {
                rest.add(new Operand("in", sum()));
            } else if (tokens.atName("not") && tokens.ahead().is(Kind.NAME, "in")) {
                tokens.next();
                tokens.next();
                rest.add(new Operand("not in", sum()));
            } else {
                return rest.isEmpty() ? first : new Comparison(first, List.copyOf(rest));
            }
        }
    }

    private Expression sum() {
        Expression left = concatenation();
        while (tokens.atOperator("+") || tokens.atOperator("-")) {
            left = new Binary(tokens.next().text(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Expression first = product();
        if (!tokens.atOperator("~")) {
            return first;
        }
        List<Expression> parts = new ArrayList<>(List.of(first));
        while (tokens.skipOperator("~")) {
            parts.add(product());
        }
        return new Concatenation(List.copyOf(parts));
    }

    private Expression product() {
        Expression left = power();
        while (tokens.atOperator("*") || tokens.atOperator("/") || tokens.atOperator("//") || tokens.atOperator("%")) {
            left = new Binary(tokens.next().text(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (tokens.skipOperator("**")) {
            left = new Binary("**", left, unary(true));
        }
        return left;
    }

    private Expression unary(boolean filtered) {
        Expression value;
        if (tokens.atOperator("-") || tokens.atOperator("+")) {
            tokens.enter();
            String operator = tokens.next().text();
            value = new Unary(operator, unary(false));
            tokens.leave();
        } else {
            value = primary();
        }
        value = postfix.postfix(value);
        return filtered ? postfix.filtersAndTests(value) : value;
    }

    /** A literal, a name, or what stands in brackets. */
    @SuppressWarnings("StatementSwitchToExpressionSwitch")
    Expression primary() {
        Token token = tokens.next();
        switch (token.kind()) {
            case NAME:
                return name(token.text());
            case STRING:
                StringBuilder text = new StringBuilder(token.text());
                while (tokens.at(Kind.STRING)) {
                    text.append(tokens.next().text());
                }
                return new Literal(text.toString());
            case INTEGER:
                return new Literal(integer(token));
            case FLOAT:
                return new Literal(Double.parseDouble(token.text()));
            default:
                if (token.text().equals("(")) {
                    tokens.enter();
                    Expression inside = tuple(true, "", true);
                    tokens.expectOperator(")");
                    tokens.leave();
                    return inside;
                }
                if (token.text().equals("[")) {
                    return list();
                }
                if (token.text().equals("{")) {
                    return dict();
                }
                throw new TemplateException(token.line(), "expected an expression but found " + token.shown());
        }
    }

    @SuppressWarnings("StatementSwitchToExpressionSwitch")
    private Expression name(String name) {
        switch (name) {
            case "true":
            case "True":
                return new Literal(true);
            case "false":
            case "False":
                return new Literal(false);
            case "none":
            case "None":
                return new Literal(None.NONE);
            default:
                namesRead.add(name);
                return new Name(name);
        }
    }

    private static Long integer(Token token) {
        try {
            return Long.parseLong(token.text());
        } catch (NumberFormatException e) {
            throw new TemplateException(token.line(), "the number " + token.text() + " is beyond 64 bits", e);
        }
    }

    private Expression list() {
        List<Expression> elements = new ArrayList<>();
        while (!tokens.skipOperator("]")) {
            if (!elements.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator("]")) {
                    break;
                }
            }
            elements.add(expression());
        }
        return new ListOf(List.copyOf(elements));
    }

    private Expression dict() {
        List<Entry> entries = new ArrayList<>();
        while (!tokens.skipOperator("}")) {
            if (!entries.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator("}")) {
                    break;
                }
            }
            Expression key = expression();
            tokens.expectOperator(":");
            entries.add(new Entry(key, expression()));
        }
        return new DictOf(List.copyOf(entries));
    }
}
