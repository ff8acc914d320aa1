import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defineLogs, type Logs, memoryRecords, OptionsError } from 'spoor'
import { spoorNode } from 'spoor/node'
import { captureSpoor } from 'spoor/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

/** Serves `handler` with the Spoor of a capture. */
async function served(
  spoor: Parameters<typeof spoorNode>[0],
  handler: Parameters<typeof spoorNode>[1]['handler'],
): Promise<string> {
  const server = createServer(spoorNode(spoor, { handler, account: () => ({ account: 'acme', user: 'ann' }) }))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('captures entries with message, fields, id and account, and nothing on the console', async () => {
  const write = vi.spyOn(process.stdout, 'write')
  const captured = await captureSpoor({ loggers: { billing: {} } })
  captured.spoor.run({ account: 'acme', requestId: 'r-1' }, () =>
    captured.logs.get('billing').info({ order: 7 }, 'paid'),
  )
  captured.logs.root.warn('low disk')
  expect(captured.lines()).toStrictEqual([
    {
      time: expect.any(Number),
      level: 'info',
      logger: 'billing',
      requestId: 'r-1',
      account: 'acme',
      message: 'paid',
      fields: { order: 7 },
    },
    { time: expect.any(Number), level: 'warn', logger: 'root', message: 'low disk', fields: {} },
  ])
  await captured.close()
  expect(write).not.toHaveBeenCalled()
})

test('captures lines as they would be written: redacted, after beforeLine, above the level', async () => {
  const captured = await captureSpoor({
    loggers: { billing: { level: 'warn' }, audit: { console: true, file: 'audit.log', propagate: true } },
    redact: { keys: ['iban'] },
    beforeLine: (entry) =>
      entry.message === 'dropped' ? undefined : { ...entry, message: entry.message.toUpperCase() },
  })
  captured.logs.get('billing').info('too low')
  captured.logs.get('audit').info({ password: 'x', iban: 'DE02' }, 'signed in')
  captured.logs.get('audit').info('dropped')
  await captured.close()
  expect(captured.lines().map(({ message, fields }) => [message, fields])).toEqual([
    ['SIGNED IN', { password: '[redacted]', iban: '[redacted]' }],
  ])
})

test('captures the record of each request with its CPU, and its request line', async () => {
  const captured = await captureSpoor()
  const url = await served(captured.spoor, (_, response) => {
    const until = performance.now() + 20
    while (performance.now() < until);
    response.end('hello')
  })
  await (await fetch(`${url}/orders`)).text()
  await captured.close()
  expect(captured.records()).toMatchObject([
    {
      kind: 'request',
      account: 'acme',
      path: '/orders',
      status: 200,
      service: 'test',
      cpu: { ms: expect.any(Number) },
    },
  ])
  expect(captured.records()[0]?.cpu?.ms).toBeGreaterThan(5)
  expect(captured.lines()[0]).toMatchObject({
    logger: 'requests',
    requestId: captured.records()[0]?.requestId,
    fields: { kind: 'request', status: 200 },
  })
})

test('ends within a second after measured requests, though their late figures settle for longer', async () => {
  const captured = await captureSpoor()
  const url = await served(captured.spoor, (_, response) => void response.end('hello'))
  await (await fetch(url)).text()
  const since = performance.now()
  await captured.close()
  expect(performance.now() - since).toBeLessThan(1_000)
})

test('forgets lines and records at reset', async () => {
  const captured = await captureSpoor({ loggers: { billing: {} } })
  captured.logs.get('billing').info('one')
  captured.spoor.runChild(captured.spoor.carry({ name: 'mail' }), {}, () => {})
  expect([captured.lines().length, captured.records().length]).toEqual([2, 1])
  captured.reset()
  captured.logs.get('billing').info('two')
  await captured.close()
  expect([captured.lines().map(({ message }) => message), captured.records()]).toEqual([['two'], []])
})

test('does not mix two captures at once, whose requests run at the same time', async () => {
  const captures = await Promise.all([1, 2].map(() => captureSpoor({ loggers: { billing: {} } })))
  const urls = await Promise.all(
    captures.map(({ spoor, logs }, n) =>
      served(spoor, async (_, response) => {
        await new Promise(setImmediate)
        logs.get('billing').info({ n }, 'paid')
        response.end('hello')
      }),
    ),
  )
  await Promise.all([0, 1, 0, 1, 0, 1].map(async (n) => (await fetch(urls[n] as string)).text()))
  await Promise.all(captures.map((one) => one.close()))
  for (const [n, captured] of captures.entries()) {
    const lines = captured.lines().filter(({ logger }) => logger === 'billing')
    expect(lines.map(({ fields }) => fields)).toEqual([{ n }, { n }, { n }])
    expect(
      captured
        .records()
        .map(({ requestId }) => requestId)
        .sort(),
    ).toEqual(lines.map(({ requestId }) => requestId).sort())
  }
})

test("keeps its level whatever the machine's SPOOR_LEVEL says", async () => {
  vi.stubEnv('SPOOR_LEVEL', 'silent')
  onTestFinished(() => void vi.unstubAllEnvs())
  const captured = await captureSpoor({ loggers: { billing: {} } })
  captured.logs.get('billing').info('paid')
  await captured.close()
  expect(captured.lines()).toHaveLength(1)
})

test('captures lines that detail keeps until a request fails', async () => {
  const captured = await captureSpoor({ loggers: { billing: {} }, detail: { level: 'debug' } })
  const url = await served(captured.spoor, (_, response) => {
    captured.logs.get('billing').debug('asked the bank')
    response.writeHead(500).end()
  })
  await (await fetch(url)).text()
  await captured.close()
  expect(captured.lines()).toMatchObject([
    { message: 'asked the bank', fields: { late: true } },
    { logger: 'requests' },
  ])
})

test("gives records to the test's own store, too, and leaves it open", async () => {
  const records = memoryRecords()
  const captured = await captureSpoor({ records })
  captured.spoor.runChild(captured.spoor.carry({ name: 'mail' }), {}, () => {})
  await captured.close()
  expect((await records.health()).records).toBe(1)
  expect(captured.records()).toMatchObject([{ kind: 'job', name: 'mail' }])
})

test('names an option that createSpoor does not know', async () => {
  await expect(captureSpoor({ tracing: {} } as object)).rejects.toThrow(OptionsError)
})

test('refuses to give an incomplete list of lines: more than 100,000 throw when they are read', async () => {
  const captured = await captureSpoor({ loggers: { billing: {} } })
  for (let n = 0; n <= 100_000; n++) captured.logs.get('billing').info('paid')
  expect(() => captured.lines()).toThrow('captureSpoor: expected at most 100,000 lines')
  captured.reset()
  expect(captured.lines()).toEqual([])
  await captured.close()
})

describe('the logs of a service, a constant of a module', () => {
  const seen: string[] = []
  const handler = {
    write: (lines: Buffer) => void seen.push(String(lines)),
    flush: async () => {},
    close: async () => {},
  }
  const logs: Logs<'billing'> = defineLogs({
    root: { console: false },
    loggers: { billing: { handlers: [handler], console: false }, requests: { console: false } },
    files: false,
  })
  const child = logs.get('billing').child({ module: 'invoices' })

  test('captures the lines of logs that exist already, and of their children, and gives them back at the end', async () => {
    const captured = await captureSpoor({ logs })
    child.info('in the test')
    captured.logs.get('billing').info('here, too')
    await captured.close()
    child.info('after the test')
    await logs.flush()
    expect(captured.lines().map(({ message, fields }) => [message, fields])).toEqual([
      ['in the test', { module: 'invoices' }],
      ['here, too', {}],
    ])
    expect(seen.join('')).toMatch(/^.*after the test.*\n$/)
  })

  test('refuses a second capture of the same logs, and options beside logs', async () => {
    const captured = await captureSpoor({ logs })
    await expect(captureSpoor({ logs })).rejects.toThrow('these logs are captured already')
    await expect(captureSpoor({ logs, level: 'debug' })).rejects.toThrow(
      'expected no options of loggers beside logs, got level',
    )
    child.info('still the first one')
    await captured.close()
    expect(captured.lines()).toHaveLength(1)
    await expect(captureSpoor({ logs, tracing: {} } as object)).rejects.toThrow(OptionsError)
    await (await captureSpoor({ logs })).close()
  })
})
