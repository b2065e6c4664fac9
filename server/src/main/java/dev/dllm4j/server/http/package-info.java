/** Connections, routes and streams; alone imports Vert.x. */
@NullMarked
package dev.dllm4j.server.http;

import org.jspecify.annotations.NullMarked;
