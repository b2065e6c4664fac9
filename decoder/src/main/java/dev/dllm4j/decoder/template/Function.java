package dev.dllm4j.decoder.template;

/** What a template can call by name: functions and macros. */
interface Function {
    Object call(Arguments arguments, Context context);
}
