package dev.dllm4j.decoder.text;

import com.hubspot.jinjava.el.ExtendedSyntaxBuilder;
import com.hubspot.jinjava.el.ext.AdditionOperator;
import com.hubspot.jinjava.el.ext.ExtendedParser;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import jinjava.de.odysseus.el.misc.TypeConverter;
import jinjava.de.odysseus.el.tree.impl.Parser;
import jinjava.de.odysseus.el.tree.impl.Scanner.ScanException;
import jinjava.de.odysseus.el.tree.impl.Scanner.Symbol;
import jinjava.de.odysseus.el.tree.impl.ast.AstBinary;
import jinjava.de.odysseus.el.tree.impl.ast.AstIdentifier;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.de.odysseus.el.tree.impl.ast.AstUnary;
import jinjava.javax.el.ELException;
import org.jspecify.annotations.Nullable;

/** Jinjava's expressions where they would silently give another answer than Python's. */
final class PythonExpressions extends ExtendedSyntaxBuilder {
    private static final long serialVersionUID = 1L;

    PythonExpressions() {
        super(Feature.METHOD_INVOCATIONS, Feature.VARARGS);
    }

    @Override
    protected Parser createParser(String expression) {
        return new PythonParser(this, expression);
    }

    private static final class PythonParser extends ExtendedParser {
        PythonParser(PythonExpressions context, String input) {
            super(context, input);
        }

        /** In Python {@code not x is defined} and {@code not x == y} deny the comparison, not {@code x}. */
        @Override
        protected AstNode eq(boolean required) throws ScanException, ParseException {
            if (getToken().getSymbol() != Symbol.NOT) {
                return super.eq(required);
            }
            consumeToken();
            return createAstUnary(eq(true), AstUnary.NOT);
        }

        @Override
        protected AstBinary createAstBinary(AstNode left, AstNode right, AstBinary.Operator operator) {
            return super.createAstBinary(left, right, operator == AdditionOperator.OP ? new Addition() : operator);
        }

        /** Filters and tests reach the parser as names with a prefix; an unknown one would give nothing. */
        @Override
        protected AstIdentifier createAstIdentifier(String name, int index) {
            Context context = JinjavaInterpreter.getCurrent().getContext();
            refuseUnknown(name, FILTER_PREFIX, context::getFilter);
            refuseUnknown(name, EXPTEST_PREFIX, context::getExpTest);
            return super.createAstIdentifier(name, index);
        }

        private static void refuseUnknown(String name, String prefix, Library library) {
            if (name.startsWith(prefix) && library.find(name.substring(prefix.length())) == null) {
                throw new ELException("no " + name.replace(":", " named "));
            }
        }
    }

    private interface Library {
        @Nullable Object find(String name);
    }

    /** {@code +} that refuses an undefined operand, where jinjava appends the word null. */
    private static final class Addition extends AdditionOperator {
        @Override
        protected Object apply(TypeConverter converter, @Nullable Object left, @Nullable Object right) {
            if (left == null || right == null) {
                throw new ELException("an operand of + is undefined");
            }
            return super.apply(converter, left, right);
        }
    }
}
