package dev.dllm4j.decoder.text;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.TemplateSyntaxException;
import com.hubspot.jinjava.lib.tag.ElseTag;
import com.hubspot.jinjava.lib.tag.ForTag;
import com.hubspot.jinjava.tree.TagNode;
import java.util.regex.Pattern;

/** {@code for}, refusing the two forms that jinjava renders as nothing: with a condition, and with an {@code else}. */
final class LoopTag extends ForTag {
    private static final long serialVersionUID = 1L;

    private static final Pattern PARENTHESIS = Pattern.compile("\\([^()]*\\)");
    private static final Pattern CONDITION = Pattern.compile("\\sif\\s");

    @Override
    public String interpretUnchecked(TagNode tag, JinjavaInterpreter interpreter) {
        if (CONDITION.matcher(withoutParentheses(tag.getHelpers())).find()) {
            throw refused(tag, interpreter, "a condition in for is not supported; put an if inside the loop");
        }
        if (tag.getChildren().stream().anyMatch(child -> ElseTag.TAG_NAME.equals(child.getName()))) {
            throw refused(tag, interpreter, "an else of for is not supported; put an if around the loop");
        }
        return super.interpretUnchecked(tag, interpreter);
    }

    /** A condition in parentheses belongs to the expression for the list. */
    private static String withoutParentheses(String text) {
        String bare = PARENTHESIS.matcher(text).replaceAll("");
        return bare.equals(text) ? text : withoutParentheses(bare);
    }

    private static TemplateSyntaxException refused(TagNode tag, JinjavaInterpreter interpreter, String reason) {
        return new TemplateSyntaxException(interpreter, tag.getMaster().getImage(), reason);
    }
}
