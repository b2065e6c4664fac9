package dev.dllm4j.decoder.template;

import dev.dllm4j.decoder.template.Expression.Call;
import dev.dllm4j.decoder.template.Expression.Concatenation;
import dev.dllm4j.decoder.template.Expression.Name;
import dev.dllm4j.decoder.template.Statement.Branch;
import dev.dllm4j.decoder.template.Statement.CallBlock;
import dev.dllm4j.decoder.template.Statement.FilterBlock;
import dev.dllm4j.decoder.template.Statement.For;
import dev.dllm4j.decoder.template.Statement.If;
import dev.dllm4j.decoder.template.Statement.Jump;
import dev.dllm4j.decoder.template.Statement.MacroBody;
import dev.dllm4j.decoder.template.Statement.MacroDefinition;
import dev.dllm4j.decoder.template.Statement.NameTarget;
import dev.dllm4j.decoder.template.Statement.NamespaceTarget;
import dev.dllm4j.decoder.template.Statement.Output;
import dev.dllm4j.decoder.template.Statement.Parameter;
import dev.dllm4j.decoder.template.Statement.SetBlock;
import dev.dllm4j.decoder.template.Statement.SetValue;
import dev.dllm4j.decoder.template.Statement.Target;
import dev.dllm4j.decoder.template.Statement.Text;
import dev.dllm4j.decoder.template.Statement.TupleTarget;
import dev.dllm4j.decoder.template.Statement.With;
import dev.dllm4j.decoder.template.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Text, outputs and the tags that Jinja2 calls statements. */
final class StatementParser {
    private static final Set<String> REFUSED = Set.of("include", "import", "from", "extends", "block", "autoescape");
    private static final List<String> FURTHER = List.of("varargs", "kwargs", "caller");

    private static final Set<String> CONSTANTS = Set.of("true", "false", "none", "True", "False", "None");

    private final Tokens tokens;
    private final ExpressionParser expressions;
    private int loops;

    StatementParser(Tokens tokens, Set<String> furtherFilters) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens, furtherFilters);
    }

    List<Statement> template() {
        List<Statement> body = body(Set.of());
        if (!tokens.at(Kind.END)) {
            throw tokens.fail("unexpected tag " + tokens.ahead().shown());
        }
        return body;
    }

    /** Up to the tag of one of these names, which stays unread behind its opening. */
    private List<Statement> body(Set<String> ends) {
        tokens.enter();
        List<Statement> statements = new ArrayList<>();
        while (true) {
            Token token = tokens.current();
            if (token.kind() == Kind.TEXT) {
                statements.add(new Text(token.line(), tokens.next().text()));
            } else if (token.kind() == Kind.OUTPUT_BEGIN) {
                tokens.next();
                statements.add(new Output(token.line(), expressions.tuple(true, "", false)));
                tokens.expect(Kind.OUTPUT_END, "}}");
            } else if (token.kind() == Kind.BLOCK_BEGIN) {
                if (tokens.ahead().kind() == Kind.NAME
                        && ends.contains(tokens.ahead().text())) {
                    tokens.next();
                    tokens.leave();
                    return List.copyOf(statements);
                }
                tokens.next();
                statements.add(statement());
                tokens.expect(Kind.BLOCK_END, "%}");
            } else {
                if (!ends.isEmpty()) {
                    throw tokens.fail("the template ends where one of the tags "
                            + ends.stream().sorted().toList() + " must follow");
                }
                tokens.leave();
                return List.copyOf(statements);
            }
        }
    }

    private List<Statement> bodyTo(String end) {
        tokens.expect(Kind.BLOCK_END, "%}");
        List<Statement> body = body(Set.of(end));
        tokens.next();
        return body;
    }

    /** A body that is captured: no loop around it can be left from inside. */
    private List<Statement> capturedTo(String end) {
        int around = loops;
        loops = 0;
        List<Statement> body = bodyTo(end);
        loops = around;
        return body;
    }

    private Statement statement() {
        Token tag = tokens.expect(Kind.NAME, "the name of a tag");
        int line = tag.line();
        return switch (tag.text()) {
            case "if" -> condition(line);
            case "for" -> loop(line);
            case "set" -> set(line);
            case "macro" ->
                new MacroDefinition(
                        line, macro(tokens.expect(Kind.NAME, "the macro's name").text()));
            case "call" -> call(line);
            case "filter" -> filter(line);
            case "with" -> with(line);
            case "generation" -> new With(line, List.of(), capturedTo("endgeneration"));
            case "print" -> print(line);
            case "break", "continue" -> jump(line, tag.text());
            default ->
                throw new TemplateException(
                        line,
                        "the tag " + tag.text()
                                + (REFUSED.contains(tag.text())
                                        ? " is refused"
                                        : " is not known here or not supported"));
        };
    }

    private Statement print(int line) {
        List<Expression> parts = new ArrayList<>();
        do {
            parts.add(expressions.expression());
        } while (tokens.skipOperator(","));
        return new Output(line, new Concatenation(List.copyOf(parts)));
    }

    private Statement jump(int line, String name) {
        if (loops == 0) {
            throw new TemplateException(line, name + " stands outside of a loop");
        }
        return new Jump(line, name.equals("break"));
    }

    private Statement condition(int line) {
        List<Branch> branches = new ArrayList<>();
        Set<String> ends = Set.of("elif", "else", "endif");
        while (true) {
            Expression condition = expressions.tuple(false, "", false);
            tokens.expect(Kind.BLOCK_END, "%}");
            branches.add(new Branch(condition, body(ends)));
            String end = tokens.next().text();
            if (end.equals("elif")) {
                continue;
            }
            List<Statement> otherwise = end.equals("else") ? bodyTo("endif") : List.of();
            return new If(line, List.copyOf(branches), otherwise);
        }
    }

    private Statement loop(int line) {
        Target target = target("in", false);
        if (!tokens.skipName("in")) {
            throw tokens.fail("expected in but found " + tokens.current().shown());
        }
        Expression elements = expressions.tuple(false, "recursive", false);
        Optional<Expression> condition =
                tokens.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
        boolean recursive = tokens.skipName("recursive");
        tokens.expect(Kind.BLOCK_END, "%}");
        loops++;
        List<Statement> body = body(Set.of("else", "endfor"));
        loops--;
        List<Statement> otherwise = tokens.next().text().equals("else") ? bodyTo("endfor") : List.of();
        return new For(line, target, elements, condition, recursive, body, otherwise);
    }

    private Statement set(int line) {
        Target target = target("", true);
        if (tokens.skipOperator("=")) {
            return new SetValue(line, target, expressions.tuple(true, "", false));
        }
        Optional<Expression> filtered = tokens.atOperator("|")
                ? Optional.of(expressions.postfix().filters(new Name(Statement.CAPTURED)))
                : Optional.empty();
        return new SetBlock(line, target, filtered, capturedTo("endset"));
    }

    private Statement call(int line) {
        List<Parameter> parameters = tokens.atOperator("(") ? parameters() : List.of();
        Expression call = expressions.expression();
        if (!(call instanceof Call)) {
            throw new TemplateException(line, "a call block needs a call");
        }
        return new CallBlock(line, call, new MacroBody("caller", parameters, List.of(), capturedTo("endcall")));
    }

    private Statement filter(int line) {
        Expression filtered = expressions.postfix().blockFilters(new Name(Statement.CAPTURED));
        return new FilterBlock(line, filtered, capturedTo("endfilter"));
    }

    private Statement with(int line) {
        List<SetValue> values = new ArrayList<>();
        while (!tokens.at(Kind.BLOCK_END)) {
            if (!values.isEmpty()) {
                tokens.expectOperator(",");
            }
            Target target = target("", false);
            tokens.expectOperator("=");
            values.add(new SetValue(line, target, expressions.expression()));
        }
        return new With(line, List.copyOf(values), bodyTo("endwith"));
    }

    private MacroBody macro(String name) {
        List<Parameter> parameters = parameters();
        Set<String> outside = new HashSet<>(expressions.namesRead());
        expressions.namesRead().clear();
        List<Statement> body = capturedTo("endmacro");
        List<String> further =
                FURTHER.stream().filter(expressions.namesRead()::contains).toList();
        expressions.namesRead().addAll(outside);
        return new MacroBody(name, parameters, further, body);
    }

    private List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>();
        tokens.expectOperator("(");
        while (!tokens.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            String name = tokens.expect(Kind.NAME, "the name of a parameter").text();
            Optional<Expression> fallback =
                    tokens.skipOperator("=") ? Optional.of(expressions.expression()) : Optional.empty();
            if (fallback.isEmpty()
                    && !parameters.isEmpty()
                    && parameters.get(parameters.size() - 1).fallback().isPresent()) {
                throw tokens.fail("the parameter " + name + " without default follows one with");
            }
            parameters.add(new Parameter(name, fallback));
        }
        return List.copyOf(parameters);
    }

    private Target target(String end, boolean namespaces) {
        List<Target> targets = new ArrayList<>();
        boolean tuple = false;
        while (!tokens.at(Kind.BLOCK_END) && !tokens.atName(end) && !tokens.atOperator(end)) {
            targets.add(oneTarget(end, namespaces));
            if (!tokens.skipOperator(",")) {
                break;
            }
            tuple = true;
        }
        if (targets.isEmpty()) {
            throw tokens.fail("expected a name but found " + tokens.current().shown());
        }
        return tuple ? new TupleTarget(List.copyOf(targets)) : targets.get(0);
    }

    private Target oneTarget(String end, boolean namespaces) {
        if (tokens.skipOperator("(")) {
            tokens.enter();
            Target target = target(")", namespaces);
            tokens.expectOperator(")");
            tokens.leave();
            return target;
        }
        String name = tokens.expect(Kind.NAME, "a name").text();
        if (CONSTANTS.contains(name) || (end.equals("in") && name.equals("loop"))) {
            throw tokens.fail("nothing can be assigned to " + name);
        }
        if (namespaces && tokens.skipOperator(".")) {
            return new NamespaceTarget(
                    name, tokens.expect(Kind.NAME, "an attribute").text());
        }
        return new NameTarget(name);
    }
}
