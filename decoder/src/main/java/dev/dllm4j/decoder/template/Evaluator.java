package dev.dllm4j.decoder.template;

import dev.dllm4j.decoder.template.Expression.Attribute;
import dev.dllm4j.decoder.template.Expression.Binary;
import dev.dllm4j.decoder.template.Expression.Call;
import dev.dllm4j.decoder.template.Expression.CallArguments;
import dev.dllm4j.decoder.template.Expression.Comparison;
import dev.dllm4j.decoder.template.Expression.Concatenation;
import dev.dllm4j.decoder.template.Expression.Conditional;
import dev.dllm4j.decoder.template.Expression.DictOf;
import dev.dllm4j.decoder.template.Expression.Entry;
import dev.dllm4j.decoder.template.Expression.FilterCall;
import dev.dllm4j.decoder.template.Expression.Item;
import dev.dllm4j.decoder.template.Expression.Keyword;
import dev.dllm4j.decoder.template.Expression.ListOf;
import dev.dllm4j.decoder.template.Expression.Literal;
import dev.dllm4j.decoder.template.Expression.Logic;
import dev.dllm4j.decoder.template.Expression.Name;
import dev.dllm4j.decoder.template.Expression.Operand;
import dev.dllm4j.decoder.template.Expression.Slice;
import dev.dllm4j.decoder.template.Expression.TestCall;
import dev.dllm4j.decoder.template.Expression.TupleOf;
import dev.dllm4j.decoder.template.Expression.Unary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Values of expressions. Confined to one rendering. */
final class Evaluator {
    private final Context context;
    private final Budget budget;

    Evaluator(Context context) {
        this.context = context;
        this.budget = context.budget();
    }

    Object evaluate(Expression expression, Scope scope) {
        if (expression instanceof Literal literal) {
            budget.step();
            return literal.value();
        } else if (expression instanceof Name name) {
            budget.step();
            return named(name.name(), scope);
        }
        budget.enter();
        Object value = composed(expression, scope);
        budget.leave();
        return value;
    }

    boolean holds(Expression condition, Scope scope) {
        return Values.truth(evaluate(condition, scope));
    }

    private Object composed(Expression expression, Scope scope) {
        if (expression instanceof Attribute attribute) {
            Object of = evaluate(attribute.of(), scope);
            return attribute.subscript()
                    ? Attributes.item(of, attribute.name(), budget)
                    : Attributes.attribute(of, attribute.name(), budget);
        } else if (expression instanceof Binary binary) {
            Object left = evaluate(binary.left(), scope);
            return Arithmetic.apply(binary.operator(), left, evaluate(binary.right(), scope), budget);
        } else if (expression instanceof Comparison comparison) {
            return compare(comparison, scope);
        } else if (expression instanceof Logic logic) {
            Object left = evaluate(logic.left(), scope);
            return Values.truth(left) == logic.and() ? evaluate(logic.right(), scope) : left;
        } else if (expression instanceof Unary unary) {
            return unary(unary.operator(), evaluate(unary.operand(), scope));
        } else if (expression instanceof FilterCall filter) {
            Object value = evaluate(filter.value(), scope);
            return Filters.apply(filter.name(), value, arguments(filter.arguments(), scope), context);
        } else if (expression instanceof TestCall test) {
            Object value = evaluate(test.value(), scope);
            return Tests.holds(test.name(), value, arguments(test.arguments(), scope), context) != test.negated();
        } else if (expression instanceof Item item) {
            Object of = evaluate(item.of(), scope);
            return Attributes.item(of, evaluate(item.key(), scope), budget);
        } else if (expression instanceof Call call) {
            return call(call, Optional.empty(), scope);
        } else if (expression instanceof Conditional conditional) {
            return conditional(conditional, scope);
        } else if (expression instanceof Slice slice) {
            Object of = evaluate(slice.of(), scope);
            return Attributes.slice(
                    of, bound(slice.start(), scope), bound(slice.stop(), scope), bound(slice.step(), scope), budget);
        }
        return made(expression, scope);
    }

    private Object made(Expression expression, Scope scope) {
        if (expression instanceof Concatenation concatenation) {
            return concatenated(concatenation, scope);
        } else if (expression instanceof ListOf list) {
            return all(list.elements(), scope);
        } else if (expression instanceof TupleOf tuple) {
            return Tuple.of(all(tuple.elements(), scope));
        } else if (expression instanceof DictOf dict) {
            budget.elements(dict.entries().size());
            Map<Object, Object> map = new LinkedHashMap<>();
            for (Entry entry : dict.entries()) {
                Values.put(map, evaluate(entry.key(), scope), evaluate(entry.value(), scope));
            }
            return map;
        }
        throw new IllegalStateException("no evaluation of " + expression);
    }

    private static Object named(String name, Scope scope) {
        Object value = scope.find(name);
        if (value != null) {
            return value;
        }
        value = Globals.ALL.get(name);
        if (value != null) {
            return value;
        }
        if (name.equals("lipsum")) {
            throw new IllegalArgumentException("lipsum is not supported");
        }
        return new Undefined(name + " is undefined");
    }

    private Object bound(Optional<Expression> bound, Scope scope) {
        return bound.isPresent() ? evaluate(bound.get(), scope) : None.NONE;
    }

    private Object conditional(Conditional conditional, Scope scope) {
        if (holds(conditional.condition(), scope)) {
            return evaluate(conditional.then(), scope);
        }
        return conditional.otherwise().isPresent()
                ? evaluate(conditional.otherwise().get(), scope)
                : new Undefined("an inline if without else gave nothing");
    }

    private Object unary(String operator, Object operand) {
        if (operator.equals("not")) {
            return !Values.truth(operand);
        }
        return operator.equals("-")
                ? operand instanceof Double number
                        ? (Object) (-number)
                        : Arithmetic.apply("-", 0L, numeric(operand), budget)
                : operand instanceof Double ? operand : Arithmetic.apply("+", 0L, numeric(operand), budget);
    }

    private static Object numeric(Object operand) {
        if (operand instanceof Undefined undefined) {
            throw undefined.failure();
        }
        return Values.index(operand, "a sign");
    }

    private Object compare(Comparison comparison, Scope scope) {
        Object left = evaluate(comparison.first(), scope);
        for (Operand operand : comparison.rest()) {
            Object right = evaluate(operand.value(), scope);
            boolean holds = switch (operand.operator()) {
                case "==" -> Operators.equal(left, right, budget);
                case "!=" -> !Operators.equal(left, right, budget);
                case "in" -> Operators.contains(right, left, budget);
                case "not in" -> !Operators.contains(right, left, budget);
                case "<" -> Operators.compare(left, right, budget) < 0;
                case "<=" -> Operators.compare(left, right, budget) <= 0;
                case ">" -> Operators.compare(left, right, budget) > 0;
                default -> Operators.compare(left, right, budget) >= 0;
            };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Object concatenated(Concatenation concatenation, Scope scope) {
        StringBuilder text = new StringBuilder();
        for (Expression each : concatenation.parts()) {
            String part = PythonText.str(evaluate(each, scope), budget);
            budget.build(part.length());
            text.append(part);
        }
        return text.toString();
    }

    private List<Object> all(List<Expression> expressions, Scope scope) {
        budget.elements(expressions.size());
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expression each : expressions) {
            values.add(evaluate(each, scope));
        }
        return values;
    }

    /** @param caller what a call block hands to the macro it calls */
    Object call(Call call, Optional<Function> caller, Scope scope) {
        Object function = evaluate(call.function(), scope);
        Arguments arguments = arguments(call.arguments(), scope);
        if (caller.isPresent()) {
            Map<String, Object> named = new LinkedHashMap<>(arguments.named());
            named.put("caller", caller.get());
            arguments = new Arguments(arguments.positional(), named);
        }
        if (function instanceof Method method) {
            return Methods.call(method, arguments, context);
        } else if (function instanceof Function called) {
            return called.call(arguments, context);
        } else if (function instanceof Undefined undefined) {
            throw undefined.failure();
        }
        throw new IllegalArgumentException("a value of type " + Values.type(function) + " cannot be called");
    }

    private Arguments arguments(CallArguments given, Scope scope) {
        if (given.equals(CallArguments.NONE)) {
            return Arguments.NONE;
        }
        List<Object> positional = all(given.positional(), scope);
        Map<String, Object> named = new LinkedHashMap<>();
        for (Keyword keyword : given.named()) {
            if (named.put(keyword.name(), evaluate(keyword.value(), scope)) != null) {
                throw new IllegalArgumentException("the argument " + keyword.name() + " is given twice");
            }
        }
        if (given.furtherPositional().isPresent()) {
            List<Object> further =
                    Values.elements(evaluate(given.furtherPositional().get(), scope), budget);
            budget.elements(further.size());
            positional.addAll(further);
        }
        if (given.furtherNamed().isPresent()) {
            if (!(evaluate(given.furtherNamed().get(), scope) instanceof Map<?, ?> map)) {
                throw new IllegalArgumentException("** needs a dict");
            }
            budget.elements(map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                if (named.put(Values.text(entry.getKey(), "**"), entry.getValue()) != null) {
                    throw new IllegalArgumentException("the argument " + entry.getKey() + " is given twice");
                }
            }
        }
        return new Arguments(positional, named);
    }
}
