package dev.dllm4j.decoder.template;

import dev.dllm4j.decoder.template.Token.Kind;
import java.util.List;

/** The tokens of a template, read from left to right, and how deeply the parser nests in them. */
final class Tokens {
    private final List<Token> tokens;
    private final int maxDepth;
    private int at;
    private int depth;

    Tokens(List<Token> tokens, int maxDepth) {
        this.tokens = tokens;
        this.maxDepth = maxDepth;
    }

    Token current() {
        return tokens.get(at);
    }

    Token ahead() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(at);
        if (at < tokens.size() - 1) {
            at++;
        }
        return token;
    }

    boolean at(Kind kind) {
        return current().kind() == kind;
    }

    boolean atName(String name) {
        return current().is(Kind.NAME, name);
    }

    boolean atOperator(String operator) {
        return current().is(Kind.OPERATOR, operator);
    }

    boolean skipName(String name) {
        return skip(atName(name));
    }

    boolean skipOperator(String operator) {
        return skip(atOperator(operator));
    }

    private boolean skip(boolean there) {
        if (there) {
            next();
        }
        return there;
    }

    Token expect(Kind kind, String what) {
        if (!at(kind)) {
            throw fail("expected " + what + " but found " + current().shown());
        }
        return next();
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw fail("expected " + operator + " but found " + current().shown());
        }
    }

    void enter() {
        if (++depth > maxDepth) {
            throw fail("tags and brackets nest deeper than " + maxDepth + " levels, the limit");
        }
    }

    void leave() {
        depth--;
    }

    int line() {
        return current().line();
    }

    TemplateException fail(String reason) {
        return new TemplateException(line(), reason);
    }
}
