import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { hooks, type RequestStart } from './hooks.js'

const channel = 'http.server.request.start'

/**
 * Calls `begin` for each request of `server`, by Node's channel (experimental, but there since Node 18). The channel
 * reports every server of the process; only the servers given here are acted on.
 *
 * @returns a function that ends it; the last one removes the subscription
 */
export function atRequestStart(server: Server, begin: RequestStart): () => void {
  hooks.requestStarts.set(server, begin)
  hooks.watchedServers++
  if (hooks.onRequestStart === undefined) {
    hooks.onRequestStart = callServer
    subscribe(channel, hooks.onRequestStart)
  }
  return () => {
    if (!hooks.requestStarts.delete(server) || --hooks.watchedServers > 0) return
    // Kept with the hooks: the copy of the package that leaves last may not be the one that subscribed.
    if (hooks.onRequestStart !== undefined) unsubscribe(channel, hooks.onRequestStart)
    hooks.onRequestStart = undefined
  }
}

function callServer(message: unknown): void {
  const { request, response, server } = message as {
    request: IncomingMessage
    response: ServerResponse
    server: Server
  }
  hooks.requestStarts.get(server)?.(request, response)
}
