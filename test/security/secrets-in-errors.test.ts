import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import express from 'express'
import fc from 'fast-check'
import got from 'got'
import { Redis } from 'ioredis'
import Joi from 'joi'
import ky from 'ky'
import mongoose from 'mongoose'
import pg from 'pg'
import { createSpoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as yup from 'yup'
import * as z from 'zod'
import { defineLogs, type Logs } from '../../src/logging/define-logs.js'
import type { Handler } from '../../src/logging/handlers/handler.js'
import { temporaryFolder } from '../programs/folder.js'

const canary = 'kanarien"vogel\'7'
const parts = ['kanarien', 'vogel']

function thrownBy(fn: () => unknown): unknown {
  try {
    return fn()
  } catch (error) {
    return error
  }
}

/** Answers AUTH as Redis does with a wrong password. */
async function refusedByRedis(): Promise<unknown> {
  const { createServer: createTcpServer } = await import('node:net')
  const server = createTcpServer((socket) => {
    socket.on('data', (data) => {
      for (const _ of String(data).match(/^\*\d/gm) ?? []) socket.write('-WRONGPASS invalid username-password pair\r\n')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = new Redis({ port, host: '127.0.0.1', password: canary, retryStrategy: () => null })
  const [error] = await new Promise<unknown[]>((resolve) => client.once('error', (...given) => resolve(given)))
  client.on('error', () => {})
  client.disconnect()
  server.close()
  return error
}

async function refusedByClients(): Promise<{ got: unknown; ky: unknown }> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(422, { 'content-type': 'application/json' }).end(JSON.stringify({ echo: canary }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/users`
  const body = { json: { note: canary }, retry: 0 }
  const refused = {
    got: await got.post(url, { json: body.json, retry: { limit: 0 } }).catch((error: unknown) => error),
    ky: await ky.post(url, body).catch((error: unknown) => error),
  }
  server.close()
  return refused
}

function mongooseError(): unknown {
  const { Schema } = mongoose
  const schema = new Schema({
    password: { type: String, maxlength: [3, 'Path `{PATH}` (`{VALUE}`) is too long'] },
    login: new Schema({ apiKey: { type: Number } }),
    age: { type: Number, max: 3 },
  })
  const Model = mongoose.model(`User${Math.random()}`, schema)
  return new Model({ password: canary, login: { apiKey: canary }, age: 7 }).validateSync()
}

const joi = Joi.object({
  password: Joi.string().pattern(/^\d+$/),
  nested: Joi.object({ api_key: Joi.string().max(2) }),
})
const zod = z.object({ user: z.object({ password: z.string().regex(/^\d+$/) }), token: z.literal('a') })
const ajv = new Ajv({ verbose: true, allErrors: true })
const ajvCheck = ajv.compile({ type: 'object', properties: { password: { type: 'string', maxLength: 3 } } })
const yupSchema = yup.object({ password: yup.string().test('t', ({ path, value }) => `${path} ${value} fails`, () => false) }) // biome-ignore format: one line

/** Errors of libraries and databases that quote what a caller sent. */
async function errors(): Promise<[string, unknown][]> {
  ajvCheck({ password: canary })
  const escaped = canary.replaceAll("'", "''")
  const clients = await refusedByClients()
  const pgError = Object.assign(new pg.DatabaseError('duplicate key value violates unique constraint', 9, 'error'), {
    code: '23505',
    detail: `Key (api_key)=(${canary}) already exists.`,
    where: `COPY users, line 1, column password: "${canary}"`,
    internalQuery: `select '${escaped}'`,
  })
  return [
    ['mongoose', mongooseError()],
    ['joi', joi.validate({ password: canary, nested: { api_key: canary } }, { abortEarly: false }).error],
    ['zod', thrownBy(() => zod.parse({ user: { password: canary }, token: canary }, { reportInput: true }))],
    ['yup', thrownBy(() => yupSchema.validateSync({ password: canary }))],
    ['ajv', Object.assign(new Error('validation failed'), { errors: ajvCheck.errors })],
    ['ajv, thrown as a list', ajvCheck.errors],
    ['pg', pgError],
    ['ioredis', await refusedByRedis()],
    ['got', clients.got],
    ['ky', clients.ky],
    [
      'mysql2',
      Object.assign(new Error(`Duplicate entry '${canary}' for key 'users.name'`), {
        code: 'ER_DUP_ENTRY',
        errno: 1062,
        sql: `INSERT INTO users (name) VALUES ('${escaped}')`,
        sqlState: '23000',
        sqlMessage: `Duplicate entry '${canary}' for key 'users.name'`,
      }),
    ],
    [
      'drizzle',
      Object.assign(new Error(`Failed query: insert into users values ($1)\nparams: ${canary}`, { cause: pgError }), {
        query: 'insert into users values ($1)',
        params: [canary],
      }),
    ],
    [
      'graphql-request',
      new Error(
        `Bad input: ${JSON.stringify({ response: { status: 200 }, request: { query: 'mutation', variables: { a: canary } } })}`,
      ),
    ],
    [
      'class-validator',
      [
        {
          target: { password: canary },
          property: 'password',
          value: canary,
          constraints: { min: `${canary} is short` },
        },
      ],
    ],
    ['a spawned program', Object.assign(new Error(`spawn ENOENT ${canary}`), { spawnargs: ['-p', canary] })],
  ]
}

function expectNoSecret(text: string): void {
  for (const part of parts) expect(text).not.toContain(part)
}

let all: [string, unknown][]
beforeAll(async () => {
  all = await errors()
})

describe('errors of validators, databases and clients, rethrown by an Express service', () => {
  const directory = temporaryFolder(afterAll)
  const logs = defineLogs({ directory, root: { console: false }, loggers: { app: { file: 'app.log' } } })
  const spoor = createSpoor({ service: 'shop', logs, tracking: { mode: 'all' } })
  const s = spoorExpress(spoor)
  const app = express()
  app.use(s)
  app.get('/:at', (request) => {
    throw all[Number(request.params.at)]?.[1]
  })
  app.use(s.errors)
  const server = app.listen(0, '127.0.0.1')
  afterAll(async () => {
    server.close()
    await spoor.close()
    await logs.close()
  })

  test('leave no password in requests.jsonl', async () => {
    const { port } = server.address() as AddressInfo
    for (const at of all.keys()) await (await fetch(`http://127.0.0.1:${port}/${at}`)).text()
    await expect.poll(() => linesIn(directory, 'requests.jsonl')).toHaveLength(all.length)
    for (const [at, line] of linesIn(directory, 'requests.jsonl').entries()) {
      expect(JSON.parse(line), all[at]?.[0]).toHaveProperty('error')
      expectNoSecret(line)
    }
  })

  test('leave no password in lines of the service', async () => {
    const log = logs.get('app')
    for (const [name, error] of all) {
      log.error({ err: error }, name)
      log.error(error, name)
      log.info({ job: { failed: error } }, name)
      log.info('%s failed', name, error)
      log.info('failed: %s %j', error, error)
      log.child({ error }).info(name)
      const said = error instanceof Error ? error.message : ''
      log.warn({ said, err: error }, `again: ${said}`)
    }
    await logs.flush()
    expect(linesIn(directory, 'app.log')).toHaveLength(all.length * 7)
    for (const line of linesIn(directory, 'app.log')) expectNoSecret(line)
  })
})

function linesIn(directory: string, file: string): string[] {
  return readFileSync(join(directory, file), 'utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
}

/** Logs that give what they wrote. */
function captured(): { logs: Logs<'a'>; lines: string[] } {
  const lines: string[] = []
  const handler: Handler = {
    write: (text) => void lines.push(String(text)),
    flush: async () => {},
    close: async () => {},
  }
  const logs = defineLogs({
    directory: temporaryFolder(),
    loggers: { a: { format: 'json', console: false, flush: 'line', handlers: [handler] } },
  })
  return { logs, lines }
}

const logged = (...given: [unknown, ...unknown[]]): string => {
  const { logs, lines } = captured()
  logs.get('a').error(...(given as [string]))
  return lines.join('')
}
const errorWith = (own: object, message = 'refused'): Error => Object.assign(new Error(message), own)

describe('a secret in an error', () => {
  const names = ['path', 'key', 'label', 'param', 'property', 'field', 'instancePath', 'name']
  const values = ['value', 'originalValue', 'data', 'input', 'received', 'actual']

  test.each(names.flatMap((name) => values.map((value) => [name, value] as const)))(
    'named by `%s` beside `%s` is hidden',
    (name, value) => {
      if (name === 'name' && value !== 'value') return
      expectNoSecret(logged(errorWith({ errors: [{ [name]: 'password', [value]: canary }] })))
      expectNoSecret(logged({ failed: { [name]: 'user.password', [value]: canary } }, 'a'))
    },
  )

  test.each([
    'sql', 'query', 'params', 'parameters', 'detail', 'variables', 'bindings', 'where', 'internalQuery', 'args', 'body',
  ])('in `%s` is withheld', (name) => {
    for (const value of [canary, [canary], { a: { b: canary } }]) {
      expectNoSecret(logged(errorWith({ [name]: value })))
      expectNoSecret(logged(errorWith({ request: { [name]: value } })))
    }
  }) // biome-ignore format: a list of names

  test.each(['sql', 'params'])('in `%s` stays readable outside errors', (name) => {
    expect(logged({ [name]: 'page' }, 'a')).toContain('page')
  })

  test("is blanked in message, stack, causes, members and the line's own message", () => {
    const cause = new Error(`cause: ${canary}`)
    const error = new AggregateError([new Error(canary), { a: [canary] }], `message: ${canary}`, { cause })
    Object.assign(error, { config: { password: canary }, note: `note: ${canary}` })
    const line = logged({ before: canary, err: error, after: `after ${canary}` }, `line: ${canary}`)
    expectNoSecret(line)
    expect(line).toContain('message: [redacted]')
  })

  test('is blanked as JSON, URL, SQL and JavaScript write it', () => {
    const forms = [JSON.stringify(canary), encodeURIComponent(canary), canary.replaceAll("'", "''")]
    expectNoSecret(logged(errorWith({ password: canary }, forms.join(' '))))
    expectNoSecret(logged(errorWith({ headers: { authorization: `Bearer ${canary}` } }, `token ${canary}`)))
    expectNoSecret(logged(errorWith({ dsn: 'redis://:kanarienvogel@host' }, 'wrong: kanarienvogel')))
  })

  test.each([
    `"password" with value "${'kanarien'}" fails to match`,
    'Path `password` (`kanarien`) is shorter than the minimum',
    'Cast to Number failed for value "kanarien" (type string) at path "apiKey"',
    "Duplicate entry 'kanarien' for key 'users.api_key'",
  ])('quoted beside its name is blanked: %s', (message) => {
    expectNoSecret(logged(new Error(message)))
  })

  test('of one to three characters is blanked in quotes and where it stands alone, and leaves words alone', () => {
    const line = logged(errorWith({ password: 'x', again: 'x' }, '"password" with value "x" fails: next'))
    expect(line).toContain('value [redacted] fails: next')
    expect(line).toContain('"again":"[redacted]"')
  })

  test('in a pair of name and value is hidden', () => {
    const headers = [['x-api-key', canary], ['accept', 'a/b']] // biome-ignore format: one line
    const line = logged({ headers, cookies: [{ name: 'cookie', value: canary }] }, 'a')
    expectNoSecret(line)
    expect(line).toContain('a/b')
    expectNoSecret(logged(errorWith({ request: { rawHeaders: ['Cookie', canary, 'Accept', 'b'] } })))
    expectNoSecret(logged({ headers: ['accept', 'b', 'cookie', canary] }, 'a'))
  })

  test('that is cut at the end of a long message leaves no part', () => {
    const filler = 'x'.repeat(65_536 - 45)
    expectNoSecret(logged(errorWith({ password: canary }, filler + canary)))
    const many = `${canary} `.repeat(6_000)
    expectNoSecret(logged(errorWith({ password: canary }, many)))
  })
})

describe('bodies', () => {
  test.each(['config', 'response', 'options', 'request', 'opts', 'req', 'res'])(
    'of the `%s` that a client hangs on its error are left out',
    (exchange) => {
      for (const body of ['data', 'body', 'json', 'form', 'text', 'formData', '_data', 'rawBody']) {
        expectNoSecret(logged(errorWith({ [exchange]: { url: '/x', [body]: { a: canary } } })))
        expectNoSecret(logged(errorWith({ response: { [exchange]: { [body]: canary } } })))
      }
    },
  )
})

// A canary under secret names, anywhere in an error of any shape, quoted anywhere else in it.
test('no error of any shape shows a value with a secret name', () => {
  const secret = fc.constantFrom('password', 'apiKey', 'access_token', 'clientSecret', 'authorization')
  const text = fc.oneof(fc.constant(canary), fc.constant(`said ${canary} here`), fc.string())
  const { value } = fc.letrec<{ value: unknown; hidden: unknown }>((tie) => ({
    hidden: fc.oneof(
      secret.map((name) => ({ [name]: canary })),
      secret.map((name) => ({ [name]: { a: [canary] } })),
      secret.map((path) => ({ path, value: canary })),
      secret.map((name) => [[name, canary]]),
      fc.constantFrom('sql', 'params', 'variables', 'args').map((name) => ({ [name]: [canary] })),
    ),
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      text,
      tie('hidden'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'cause', 'errors', 'details', 'note'), tie('value'), { maxKeys: 3 }),
      fc.tuple(text, tie('value')).map(([message, cause]) => new Error(message, { cause })),
      fc.tuple(text, tie('value')).map(([message, inner]) => errorWith({ inner }, message)),
      tie('value').map((inner) => new Map([['inner', inner]])),
    ),
  }))
  const { logs, lines } = captured()
  fc.assert(
    fc.property(value, secret, text, (inner, name, message) => {
      lines.length = 0
      logs.get('a').error({ note: message, err: errorWith({ inner, known: { [name]: canary } }, message) }, message)
      expectNoSecret(lines.join(''))
    }),
    { numRuns: 500 },
  )
})
