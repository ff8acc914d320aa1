import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { own } from '../safe-values/own-member.js'
import { clientAddress } from './client-address.js'
import { headersOf } from './inbound-headers.js'
import { cutText, remoteAddressOf } from './request-info.js'
import type { Trust } from './trust.js'

/** The facts about a client that lines and records show. */
export interface Client {
  readonly remoteAddress: string | undefined
  readonly userAgent: string | undefined
}

/** Reads the clients of requests. */
export interface ClientReader {
  /** The client of a request. Undefined if no line shows it. */
  of(request: IncomingMessage): Client | undefined
  /** The client of a connection whose bytes are not a request. */
  over(socket: Socket): Client | undefined
}

const maxUserAgentLength = 256

/**
 * Makes a reader of the facts that the option `requestLine` asks for.
 *
 * @param isProxy the proxies whose `X-Forwarded-For` is believed
 */
export function clientReader(
  shown: { remoteAddress?: boolean | undefined; userAgent?: boolean | undefined } | undefined,
  isProxy: Trust,
): ClientReader {
  const { remoteAddress = false, userAgent = false } = shown ?? {}
  if (!remoteAddress && !userAgent) return { of: () => undefined, over: () => undefined }
  return {
    of: (request) => ({
      remoteAddress: remoteAddress
        ? clientAddress(remoteAddressOf(request), headerOf(request, 'x-forwarded-for'), isProxy)
        : undefined,
      userAgent: userAgent ? cutAgent(headerOf(request, 'user-agent')) : undefined,
    }),
    over: (socket) => ({
      remoteAddress: remoteAddress ? clientAddress(socket.remoteAddress, undefined, isProxy) : undefined,
      userAgent: undefined,
    }),
  }
}

function cutAgent(agent: string | undefined): string | undefined {
  return agent === undefined || agent === '' ? undefined : cutText(agent, maxUserAgentLength)
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  return own(headersOf(request), name)?.toString()
}
