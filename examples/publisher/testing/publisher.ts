import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import type { Config } from '../config.js'
import { logs } from '../logs.js'
import { type Publisher, startPublisher } from '../publisher.js'
import { logDirectory } from './log-directory.js'
import './quiet-console.js'

/** Starts the service on a free port for one test. */
export async function start(config: Partial<Config> = {}): Promise<Publisher> {
  const publisher = await startPublisher({
    port: 0,
    host: '127.0.0.1',
    trustedProxies: false,
    wordpress: undefined,
    wordpressTimeoutMs: 10_000,
    sandboxes: {},
    database: 'memory',
    trackingMode: 'header',
    recordsMb: 64,
    redisUrl: undefined,
    jobBackoffMs: 20,
    ...config,
  })
  onTestFinished(() => publisher.close())
  return publisher
}

export interface Answer {
  status: number
  headers: Headers
  /** X-Request-ID */
  id: string
  text: string
  /** The body, if it is JSON. */
  json: Record<string, unknown>
}

interface CallOptions {
  token?: string
  headers?: Record<string, string>
  /** A string is sent unchanged, other values as JSON. */
  body?: unknown
}

/** A service, in this process or another. */
export type Address = Pick<Publisher, 'url'>

/** Sends one request to the API. */
export async function call(
  publisher: Address,
  method: string,
  path: string,
  { token, headers, body }: CallOptions = {},
): Promise<Answer> {
  const response = await fetch(`${publisher.url}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
  })
  const text = await response.text()
  const id = response.headers.get('x-request-id') ?? ''
  return {
    status: response.status,
    headers: response.headers,
    id,
    text,
    json: isJson(response) ? JSON.parse(text) : {},
  }
}

export const post = { title: 'A title', content: 'Some content' }

export function publishAs(publisher: Address, token: string, body: unknown = post): Promise<Answer> {
  return call(publisher, 'POST', '/api/v1/publish', { token, body })
}

/** A line of a log file: its level, its message, and every member of its JSON. */
export type Line = { level: string; message: string; requestId?: string; account?: string } & Record<string, unknown>

export type LogFile = 'publish_sync.log' | 'wordpress-api.log' | 'webhooks.log' | 'database.log' | 'requests.jsonl'

/** The lines of a log file now, of one request or of all. */
export async function linesOf(file: LogFile, requestId?: string): Promise<Line[]> {
  await logs.flush()
  const path = join(logDirectory, file)
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = text.split('\n').filter(Boolean).map(parseLine)
  return requestId === undefined ? lines : lines.filter((line) => line.requestId === requestId)
}

/** Waits for the line that every finished request leaves. */
export function requestLineOf(requestId: string): Promise<Line> {
  return vi.waitFor(async () => {
    const [line] = await linesOf('requests.jsonl', requestId)
    if (line === undefined) throw new Error(`no line of request ${requestId} yet`)
    return line
  }, WAITING)
}

export const WAITING = { timeout: 20_000, interval: 10 }

function isJson(response: Response): boolean {
  return /^application\/(problem\+)?json\b/.test(response.headers.get('content-type') ?? '')
}

export function parseLine(line: string): Line {
  if (line.startsWith('{')) return JSON.parse(line)
  const [, level = '', message = '', json = '{}'] = /^\[[^\]]+\] \[(\w+)\] (.*?) (\{.*\})$/.exec(line) ?? []
  return { ...JSON.parse(json), level: level.toLowerCase(), message }
}
