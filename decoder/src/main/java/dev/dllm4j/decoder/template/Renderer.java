package dev.dllm4j.decoder.template;

import dev.dllm4j.decoder.template.Expression.Call;
import dev.dllm4j.decoder.template.Statement.Branch;
import dev.dllm4j.decoder.template.Statement.CallBlock;
import dev.dllm4j.decoder.template.Statement.FilterBlock;
import dev.dllm4j.decoder.template.Statement.For;
import dev.dllm4j.decoder.template.Statement.If;
import dev.dllm4j.decoder.template.Statement.Jump;
import dev.dllm4j.decoder.template.Statement.MacroDefinition;
import dev.dllm4j.decoder.template.Statement.NameTarget;
import dev.dllm4j.decoder.template.Statement.NamespaceTarget;
import dev.dllm4j.decoder.template.Statement.Output;
import dev.dllm4j.decoder.template.Statement.SetBlock;
import dev.dllm4j.decoder.template.Statement.SetValue;
import dev.dllm4j.decoder.template.Statement.Target;
import dev.dllm4j.decoder.template.Statement.Text;
import dev.dllm4j.decoder.template.Statement.TupleTarget;
import dev.dllm4j.decoder.template.Statement.With;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Executes statements: one rendering, confined to its thread. */
final class Renderer {
    /** How a run of statements ended. */
    private enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    private final Context context;
    private final Budget budget;
    private final Evaluator evaluator;
    /** The rendered text; what goes elsewhere is a value's. */
    private final StringBuilder rendered;

    Renderer(Context context, StringBuilder rendered) {
        this.context = context;
        this.budget = context.budget();
        this.evaluator = new Evaluator(context);
        this.rendered = rendered;
    }

    void execute(List<Statement> statements, Scope scope, StringBuilder output) {
        run(statements, scope, output);
    }

    Object evaluate(Expression expression, Scope scope) {
        return evaluator.evaluate(expression, scope);
    }

    String captured(List<Statement> statements, Scope scope) {
        StringBuilder text = new StringBuilder();
        run(statements, scope, text);
        return text.toString();
    }

    private Flow run(List<Statement> statements, Scope scope, StringBuilder output) {
        budget.enter();
        Flow flow = Flow.ON;
        for (int index = 0; flow == Flow.ON && index < statements.size(); index++) {
            Statement statement = statements.get(index);
            try {
                flow = run(statement, scope, output);
            } catch (TemplateException e) {
                throw e;
            } catch (IllegalArgumentException e) {
                throw new TemplateException(statement.line(), String.valueOf(e.getMessage()), e);
            }
        }
        budget.leave();
        return flow;
    }

    private Flow run(Statement statement, Scope scope, StringBuilder output) {
        budget.step();
        if (statement instanceof Text text) {
            write(text.text(), output);
        } else if (statement instanceof Output value) {
            write(evaluator.evaluate(value.value(), scope), output);
        } else if (statement instanceof If condition) {
            return branch(condition, scope, output);
        } else if (statement instanceof For loop) {
            Object elements = evaluator.evaluate(loop.elements(), scope);
            loop(loop, elements, 1, scope, output);
        } else if (statement instanceof SetValue set) {
            assign(set.target(), evaluator.evaluate(set.value(), scope), scope);
        } else if (statement instanceof Jump jump) {
            return jump.out() ? Flow.BREAK : Flow.CONTINUE;
        } else {
            block(statement, scope, output);
        }
        return Flow.ON;
    }

    private void block(Statement statement, Scope scope, StringBuilder output) {
        if (statement instanceof SetBlock set) {
            Object text = captured(set.body(), new Scope(scope));
            if (set.filtered().isPresent()) {
                text = filtered(set.filtered().get(), text, scope);
            }
            assign(set.target(), text, scope);
        } else if (statement instanceof MacroDefinition macro) {
            scope.set(macro.macro().name(), new Macro(macro.macro(), scope, this));
        } else if (statement instanceof CallBlock call) {
            Macro caller = new Macro(call.caller(), scope, this);
            write(evaluator.call((Call) call.call(), Optional.of(caller), scope), output);
        } else if (statement instanceof FilterBlock filter) {
            write(filtered(filter.filtered(), captured(filter.body(), new Scope(scope)), scope), output);
        } else if (statement instanceof With with) {
            Scope inner = new Scope(scope);
            for (SetValue value : with.values()) {
                assign(value.target(), evaluator.evaluate(value.value(), scope), inner);
            }
            run(with.body(), inner, output);
        }
    }

    private Object filtered(Expression filtered, Object text, Scope scope) {
        Scope inner = new Scope(scope);
        inner.set(Statement.CAPTURED, text);
        return evaluator.evaluate(filtered, inner);
    }

    private Flow branch(If condition, Scope scope, StringBuilder output) {
        for (Branch branch : condition.branches()) {
            if (evaluator.holds(branch.condition(), scope)) {
                return run(branch.body(), scope, output);
            }
        }
        return run(condition.otherwise(), scope, output);
    }

    private void loop(For loop, Object over, long depth, Scope scope, StringBuilder output) {
        List<Object> elements = Values.elements(over, budget);
        if (loop.condition().isPresent()) {
            elements = kept(loop, elements, loop.condition().get(), scope);
        }
        Optional<LoopState.Recursion> recursion = loop.recursive()
                ? Optional.of((further, deeper) -> {
                    StringBuilder text = new StringBuilder();
                    loop(loop, further, deeper, scope, text);
                    return text.toString();
                })
                : Optional.empty();
        LoopState state = new LoopState(elements, depth, recursion);
        boolean completed = false;
        for (int index = 0; index < elements.size(); index++) {
            budget.step();
            state.at(index);
            Scope inner = new Scope(scope);
            inner.set("loop", state);
            assign(loop.target(), elements.get(index), inner);
            Flow flow = run(loop.body(), inner, output);
            if (flow == Flow.BREAK) {
                break;
            }
            completed |= flow == Flow.ON;
        }
        if (!completed && !loop.otherwise().isEmpty()) { // as Jinja2: also where each round was left by a jump
            run(loop.otherwise(), new Scope(scope), output);
        }
    }

    private List<Object> kept(For loop, List<Object> elements, Expression condition, Scope scope) {
        List<Object> kept = new ArrayList<>();
        for (Object element : elements) {
            Scope inner = new Scope(scope);
            assign(loop.target(), element, inner);
            if (evaluator.holds(condition, inner)) {
                budget.elements(1);
                kept.add(element);
            }
        }
        return kept;
    }

    private void assign(Target target, Object value, Scope scope) {
        if (target instanceof NameTarget name) {
            scope.set(name.name(), value);
        } else if (target instanceof NamespaceTarget attribute) {
            if (!(evaluator.evaluate(new Expression.Name(attribute.namespace()), scope)
                    instanceof Namespace namespace)) {
                throw new IllegalArgumentException(attribute.namespace() + "." + attribute.attribute()
                        + " is set, but only a namespace's attributes can be");
            }
            budget.elements(1);
            namespace.attributes().put(attribute.attribute(), value);
        } else if (target instanceof TupleTarget tuple) {
            List<Object> values = Values.elements(value, budget);
            if (values.size() != tuple.targets().size()) {
                throw new IllegalArgumentException(values.size() + " values cannot be given to "
                        + tuple.targets().size() + " names");
            }
            for (int index = 0; index < values.size(); index++) {
                assign(tuple.targets().get(index), values.get(index), scope);
            }
        }
    }

    private void write(Object value, StringBuilder output) {
        if (value instanceof Undefined undefined && context.options().strict()) {
            throw undefined.failure();
        }
        String text = PythonText.str(value, budget);
        if (output == rendered) {
            budget.output(text.length());
        } else {
            budget.build(text.length());
        }
        output.append(text);
    }
}
