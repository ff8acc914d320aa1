// The member `errors` of error responses, as a client gets it.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSpoor, defineLogs, type SpoorOptions, validationErrors } from 'spoor'
import { spoorNode } from 'spoor/node'
import { expect, onTestFinished, test } from 'vitest'
import * as zod from 'zod'

const logs = defineLogs({ files: false, root: { console: false }, loggers: { requests: { console: false } } })

async function answerOf(
  handler: () => unknown,
  errors: SpoorOptions<string>['errors'],
): Promise<{ body: Record<string, unknown>; text: string; status: number }> {
  const spoor = createSpoor({ service: 'shop', logs, errors })
  const server = createServer(spoorNode(spoor, { handler }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.close()
    await spoor.close()
  })
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const text = await response.text()
  return { body: JSON.parse(text), text, status: response.status }
}

function fails(): never {
  throw new Error('wrong')
}

test('errors.map may name wrong fields, in both forms of error responses', async () => {
  const errors = [
    { pointer: '#/age', detail: 'must be a positive integer', code: 'age' },
    { field: 'page', detail: 'is too large' },
  ]
  const map = () => ({ status: 400, errors })
  const { body } = await answerOf(fails, { map })
  expect(body).toMatchObject({ status: 400, code: 'bad_request', errors })
  const enveloped = await answerOf(fails, { map, format: 'envelope' })
  expect(enveloped.body['error']).toMatchObject({ status: 400, errors })
})

test('field errors are checked, bounded and redacted, and never in a 5xx', async () => {
  const token = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'
  const wrong = [null, 1, {}, { detail: '' }, { detail: 7 }, { pointer: '#/a' }]
  const errors = [
    ...wrong,
    { pointer: 7, detail: `the token ${token}`, code: 'Not A Code', value: token },
    { pointer: `#/${token}`, detail: 'd'.repeat(1e6) },
    ...Array.from({ length: 100_000 }, () => ({ detail: 'x' })),
  ]
  const { body, text } = await answerOf(fails, { map: () => ({ status: 422, errors: errors as never }) })
  const shown = body['errors'] as Record<string, unknown>[]
  expect(shown).toHaveLength(100 - wrong.length)
  expect(Object.keys(shown[0] ?? {})).toEqual(['detail'])
  expect(text).not.toContain(token)
  expect(String(shown[1]?.['detail'])).toHaveLength(301)
  const { body: hidden } = await answerOf(fails, { map: () => ({ status: 500, errors: [{ detail: 'x' }] }) })
  expect(hidden).not.toHaveProperty('errors')
  const { body: none } = await answerOf(fails, { map: () => ({ status: 422, errors: 'text' as never }) })
  expect(none).not.toHaveProperty('errors')
})

test('the example of docs/errors.md gives the response on that page, without a value', async () => {
  const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')
  const section = page.split('## Wrong fields').at(-1) ?? ''
  const [, json = ''] = /^```json\n([\s\S]*?)^```$/m.exec(section) ?? []
  const order = zod.strictObject({ items: zod.array(zod.object({ price: zod.number().min(1), unit: zod.string() })) })
  const handler = (): unknown => order.parse({ items: [{ price: 0 }], note: 'my secret note' })
  const { body: answer, text, status } = await answerOf(handler, { map: validationErrors })
  const requestId = expect.any(String)
  expect(status).toBe(422)
  expect({ ...answer, requestId }).toEqual({ ...JSON.parse(json), requestId })
  expect(text).not.toContain('my secret note')
})
