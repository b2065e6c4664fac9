package dev.dllm4j.server.http;

/** What a log says of a failure in one line, also where no stack traces are shown. */
final class Fault {
    private static final String OURS = "dev.dllm4j.";
    private static final int LONGEST_MESSAGE = 160;

    private Fault() {}

    /** Class, message and place of a failure and of what caused it. */
    static String line(Throwable failure) {
        StringBuilder line = new StringBuilder();
        Throwable each = failure;
        for (int depth = 0; each != null && depth < 4; depth++) {
            line.append(depth == 0 ? "" : ", caused by ").append(each.getClass().getName());
            if (each.getMessage() != null) {
                line.append(": ").append(shortened(each.getMessage()));
            }
            StackTraceElement[] places = each.getStackTrace();
            if (places.length > 0) {
                line.append(" (at ").append(place(places)).append(')');
            }
            each = each.getCause();
        }
        return line.toString();
    }

    private static String shortened(String message) {
        String line = message.replaceAll("\\p{Cntrl}+", " ");
        int end = line.offsetByCodePoints(0, Math.min(LONGEST_MESSAGE, line.codePointCount(0, line.length())));
        return end < line.length() ? line.substring(0, end) + "…" : line;
    }

    /** Where it was thrown, and where of ours that was called from. */
    private static String place(StackTraceElement[] places) {
        String thrown = places[0].toString();
        for (StackTraceElement place : places) {
            if (place.getClassName().startsWith(OURS)) {
                return place == places[0] ? thrown : thrown + " from " + place;
            }
        }
        return thrown;
    }
}
