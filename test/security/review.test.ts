import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineLogs } from 'spoor'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'
import { cpuMsOf } from '../usage/burn.js'

const secret = 'Kanarien7vogel'

function logger() {
  const directory = temporaryFolder()
  const logs = defineLogs({ directory, root: { console: false }, loggers: { a: { file: 'a.log', console: false } } })
  onTestFinished(() => logs.close())
  const written = async (): Promise<string> => {
    await logs.flush()
    return readFileSync(join(directory, 'a.log'), 'utf8')
  }
  return { log: logs.get('a'), written }
}

async function lineOf(error: Error): Promise<string> {
  const { log, written } = logger()
  log.error({ err: error }, 'failed')
  return written()
}

describe('a secret in an error is hidden where', () => {
  test('`loc` names it beside `input`', async () => {
    const error = Object.assign(new Error('refused'), { loc: ['body', 'password'], input: secret })
    expect(await lineOf(error)).not.toContain(secret)
  })

  test.each([
    `invalid password '${secret}'`,
    `Password "${secret}" is too short`,
    `"${secret}" is not a valid password`,
  ])('the message quotes it beside its bare name: %s', async (message) => {
    expect(await lineOf(new Error(message))).not.toContain(secret)
  })
})

test('a buffer as the options of a child logger costs no more than its bound', () => {
  const { log } = logger()
  expect(cpuMsOf(() => log.child({}, Buffer.alloc(10_000_000) as never).info('x'))).toBeLessThan(100)
})

test.each(['assertionError', 'cardTitle', 'cardColor'])(
  'a field named %s does not count as the name of a secret',
  async (name) => {
    const { log, written } = logger()
    log.info({ [name]: 'plain words' }, 'said')
    expect(await written()).toContain('plain words')
  },
)

test.each(['securityCode', 'security_code', 'mnemonic', 'kennwort', 'contrasena', 'senha', 'wachtwoord'])(
  'a field named %s is hidden',
  async (name) => {
    const { log, written } = logger()
    log.info({ [name]: secret }, 'said')
    expect(await written()).not.toContain(secret)
  },
)

test("the documents of MongoDB's bulk errors are withheld", async () => {
  const error = Object.assign(new Error('bulk write failed'), { writeErrors: [{ err: { op: { note: secret } } }] })
  expect(await lineOf(error)).not.toContain(secret)
})
