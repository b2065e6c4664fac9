package dev.dllm4j.decoder.template;

/** A text that {@code safe} or {@code escape} made; what is joined to it is escaped. */
record Markup(String text) {
    static String escape(String text, Budget budget) {
        StringBuilder escaped = new StringBuilder();
        for (int index = 0; index < text.length(); index++) {
            char character = text.charAt(index);
            switch (character) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '\'' -> escaped.append("&#39;");
                case '"' -> escaped.append("&#34;");
                default -> escaped.append(character);
            }
        }
        budget.build(escaped.length());
        return escaped.toString();
    }
}
