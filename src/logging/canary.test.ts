import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../test/programs/folder.js'
import { runProgram } from '../../test/programs/program.js'
import { defineLogs } from './define-logs.js'
import type { Handler } from './handlers/handler.js'

const canary = 'kanarienvogel'
const password = 'kana rien VOGE l234 kana rien'

// Every way a secret comes into a log that we promise to hide.
const planted = `
  const canary = ${JSON.stringify(canary)}
  const password = ${JSON.stringify(password)}
  const basic = Buffer.from('eve:' + canary).toString('base64')
  const headers = { authorization: 'Bearer ' + canary, cookie: 'sid=' + canary, 'x-api-key': canary, host: 'h' }
  const request = { method: 'POST', url: '/login?token=' + canary, headers, socket: { remoteAddress: '::1' } }
  const parse = (text) => { try { JSON.parse(text) } catch (error) { return error } }
  const error = Object.assign(
    new Error('GET https://eve:' + canary + '@h/?api_key=' + canary + ' with Basic ' + basic, {
      cause: new AggregateError([parse(canary), new Error('refused ' + password)], 'password=' + canary),
    }),
    { config: { headers, auth: { username: 'eve', password: canary } }, body: canary, session: { id: canary } },
  )
  const plant = (log) => {
    log.info({ req: request, password: canary, nested: [{ Access_Token: canary }], map: new Map([['secret', canary]]) }, 'request')
    log.info({ body: JSON.stringify({ password: canary, a: { client_secret: canary } }), url: new URL('https://u:' + canary + '@h/') })
    log.error(error)
    log.error({ err: error, password }, 'failed: %s with %j and ' + password, error, headers)
    log.child({ token: canary, serializers: 1 }).warn('Authorization: Bearer ' + canary)
    log.warn({ [password]: 1, ['https://u:' + canary + '@h']: 1 }, 'cookie: a=' + canary)
    log.fatal('https://' + canary + '@h %s', 'password=' + canary)
  }
`

test('no planted secret reaches a file or the console, even if a file is broken', async () => {
  const directory = join(temporaryFolder(), 'logs')
  mkdirSync(join(directory, 'broken.log'), { recursive: true })
  const { stdout, stderr } = await runProgram(
    `
    import { defineLogs } from 'spoor'
    ${planted}
    const logs = defineLogs({
      directory: process.env.LOGS,
      loggers: {
        text: { file: 'text.log' },
        json: { file: 'json.log', format: 'json', console: 'json' },
        pretty: { console: 'pretty' },
        verbose: { file: 'verbose.log', format: 'verbose', console: false },
        broken: { file: 'broken.log', console: false },
      },
      beforeLine: (entry) => ({ ...entry, fields: { ...entry.fields, again: { password: canary }, url: '?token=' + canary } }),
    })
    for (const name of ['text', 'json', 'pretty', 'verbose', 'broken', 'requests']) plant(logs.get(name))
    plant(logs.root)
    await logs.close()
    plant(logs.get('text'))
  `,
    { env: { LOGS: directory } },
  )
  const files = readdirSync(directory).filter((file) => !file.startsWith('.') && file !== 'broken.log')
  expect(files.sort()).toEqual(['json.log', 'requests.jsonl', 'text.log', 'verbose.log'])
  for (const text of [stdout, ...files.map((file) => readFileSync(join(directory, file), 'utf8'))]) {
    expect(text.split('\n').length).toBeGreaterThan(6)
    for (const secret of [canary, password, 'VOGE', Buffer.from(`eve:${canary}`).toString('base64')]) {
      expect(text).not.toContain(secret)
    }
  }
  expect(stderr).toBe('')
})

describe('any value', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 })
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true })

  test.each(['json', 'publish_sync', 'verbose'] as const)(
    'in %s, every entry is one line without a raw control byte',
    (format) => {
      const chunks: Buffer[] = []
      const handler: Handler = {
        write: (lines) => void chunks.push(lines),
        flush: async () => {},
        close: async () => {},
      }
      const logs = defineLogs({
        directory: temporaryFolder(),
        loggers: { a: { format, console: false, flush: 'line', handlers: [handler] } },
      })
      fc.assert(
        fc.property(text, anything, fc.dictionary(text, anything), (message, value, fields) => {
          chunks.length = 0
          logs.get('a').info({ ...fields, value }, message, value)
          expect(chunks).toHaveLength(1)
          expect(String(chunks[0])).toMatch(
            /^[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+\n$/,
          )
        }),
      )
    },
  )
})
