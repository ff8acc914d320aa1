import { expect } from 'vitest'
import { requestText } from '../client.js'
import { until } from '../service.js'
import type { Case } from '../suite.js'

interface Shape {
  status: number
  code: string
  detail?: string | undefined
  level: 'error' | 'info'
}

function answered(says: string, path: string, shape: Shape, ask: { method?: string; body?: string } = {}): Case {
  return {
    row: 'S10',
    says: `${says} is answered with a problem document and logged once, by the root logger`,
    async run(service) {
      const headers = ask.body === undefined ? {} : { 'Content-Type': 'application/json' }
      const answer = await service.ask(path, { ...ask, headers })
      const { status, code, detail } = shape
      expect(answer.header('content-type')).toContain('application/problem+json')
      const body = { type: 'about:blank', status, code, requestId: answer.id, ...(detail !== undefined && { detail }) }
      expect(answer.json()).toMatchObject(body)
      if (status >= 500) expect(answer.body).not.toContain('secret')
      const line = await service.requestLine(answer.id)
      expect(line).toMatchObject({ status, path })
      expect(line).toHaveProperty('error')
      const root = (await service.lines()).filter((one) => one.file === 'root.log')
      expect(root.map((one) => [one.requestId, one.level, one['status']])).toEqual([[answer.id, shape.level, status]])
      expect(root[0]).toHaveProperty('error')
    },
  }
}

export const errors: readonly Case[] = [
  answered('a thrown error', '/throw', { status: 500, code: 'internal_error', level: 'error' }),
  answered('a rejected promise', '/reject', { status: 500, code: 'internal_error', level: 'error' }),
  answered('a thrown string', '/throw-string', { status: 500, code: 'internal_error', level: 'error' }),
  answered('an error with a status and expose: true', '/throw-teapot', {
    status: 418,
    code: expect.any(String) as unknown as string,
    detail: 'short and stout',
    level: 'info',
  }),
  answered('an unknown route', '/nowhere', { status: 404, code: 'not_found', level: 'info' }),
  answered(
    'a malformed JSON body',
    '/body',
    { status: 400, code: 'malformed_body', level: 'info' },
    { method: 'POST', body: '{"a":' },
  ),
  answered(
    'a body that is too large',
    '/body',
    { status: 413, code: 'body_too_large', level: 'info' },
    { method: 'POST', body: JSON.stringify('x'.repeat(2_000)) },
  ),
  {
    row: 'S10',
    says: 'an error after the headers closes the connection and is logged with the id of its request',
    async run(service) {
      const connection = await service.connect()
      connection.send(requestText('/throw-late'))
      const text = await connection.rest()
      expect(text).toContain('half')
      // Without the last chunk, the client cannot take half of an answer for a whole.
      expect(text).not.toContain('\r\n0\r\n')
      const [line] = await service.requestLines(1)
      expect(line).toMatchObject({ status: 200, aborted: true, error: { message: 'secret' }, level: 'error' })
      expect(text).toContain(String(line?.requestId))
    },
  },
  {
    row: 'S10',
    says: 'an error that a handler throws because the client disconnected is logged once at level info',
    async run(service) {
      const connection = await service.connect()
      connection.send(requestText('/abort-error', { headers: { 'X-Marker': 'gone' } }))
      await until('the request', async () => (await service.lines()).find((line) => line['marker'] === 'gone'))
      connection.drop()
      const root = await until('its error', async () => {
        const all = (await service.lines()).filter((line) => line.file === 'root.log')
        return all.length > 0 ? all : undefined
      })
      const [line] = await service.requestLines(1)
      expect(line).toMatchObject({ path: '/abort-error', aborted: true, level: 'info' })
      expect(root).toMatchObject([{ level: 'info', requestId: line?.requestId, code: 'request_aborted' }])
      expect((await service.ask('/json')).status).toBe(200)
    },
  },
  {
    row: 'S10',
    says: 'the envelope format puts the same members into an object named error',
    service: { spoor: { errors: { format: 'envelope' } } },
    async run(service) {
      const answer = await service.ask('/throw')
      expect(answer.header('content-type')).toContain('application/json')
      expect(answer.json()).toMatchObject({ error: { status: 500, code: 'internal_error', requestId: answer.id } })
    },
  },
  {
    row: 'S10',
    says: 'errors.map sets status, code and detail',
    service: { spoor: { errors: { map: () => ({ status: 409, code: 'taken', detail: 'choose another' }) } } },
    async run(service) {
      const answer = await service.ask('/throw')
      expect(answer.status).toBe(409)
      expect(answer.json()).toMatchObject({ code: 'taken', detail: 'choose another', requestId: answer.id })
    },
  },
]
