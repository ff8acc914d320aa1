import { Agent, get, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { fetch as undiciFetch, request as undiciRequest } from 'undici'

/** What a call is made with, whatever the client calls it. */
export interface Ask {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly signal?: AbortSignal
}

/** Makes one call and reads all of its answer. */
export type Client = (url: string, ask?: Ask) => Promise<{ status: number; text: string }>

const agent = new Agent({ keepAlive: true })

/** The ways a service calls another one. */
export const clients: Readonly<Record<string, Client>> = {
  fetch: async (url, ask = {}) => {
    const response = await fetch(url, { redirect: 'manual', ...ask })
    return { status: response.status, text: await response.text() }
  },
  'fetch of undici from npm': async (url, ask = {}) => {
    const response = await undiciFetch(url, { redirect: 'manual', ...ask })
    return { status: response.status, text: await response.text() }
  },
  'request of undici from npm': async (url, { method = 'GET', ...ask } = {}) => {
    const response = await undiciRequest(url, { ...ask, method: method as 'GET' })
    return { status: response.statusCode, text: await response.body.text() }
  },
  'http.request': (url, { body, ...ask } = {}) =>
    answerOf((done) => request(url, { agent, ...ask }, done).end(body), ask.signal),
  'http.get': (url, { body: _, ...ask } = {}) =>
    answerOf((done) => get(url, { agent, ...ask } as RequestOptions, done), ask.signal),
}

function answerOf(
  start: (done: (response: IncomingMessage) => void) => ReturnType<typeof request>,
  _signal?: AbortSignal,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const made = start(async (response) => {
      try {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk as Buffer)
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() })
      } catch (error) {
        reject(error)
      }
    })
    made.on('error', reject)
  })
}
