package dev.dllm4j.server.http;

import dev.dllm4j.server.api.ServedModel;
import dev.dllm4j.server.engine.Engine;
import dev.dllm4j.server.engine.EngineMeters;

/** A model and the engine that steps its sequences. */
public record ModelService(ServedModel model, Engine engine, EngineMeters meters) {}
