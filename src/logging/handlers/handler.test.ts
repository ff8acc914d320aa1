import { expect, test } from 'vitest'
import { runProgram } from '../../../test/programs/program.js'

/** A service whose handler writes no line and says why; logs two lines, then prints the handler's health. */
const service = (state: string) => `
  import { WriteError, defineLogs } from 'spoor'
  const write = () => { throw new WriteError(new Error('socket closed'), 0, undefined, '${state}') }
  const handler = { write, flush: async () => {}, close: async () => {} }
  const logs = defineLogs({ loggers: { a: { handlers: [handler], console: false, flush: 'line' } }, root: { console: 'verbose' } })
  logs.get('a').info('one')
  logs.get('a').info('two')
  const health = logs.health().find(({ output }) => output === 'a.handlers[0]')
  process.once('exit', () => console.error(JSON.stringify(health)))
`

const warning = 'a.handlers[0] cannot be written: socket closed; the lines go to the console'
const output = 'a.handlers[0]'

test.each([
  [
    'failed',
    { output, error: 'socket closed', keptLines: 2, lostLines: 0 },
    `${warning}, and are kept and tried again`,
  ],
  ['busy', { output, keptLines: 2, lostLines: 0 }, undefined],
  ['gone', { output, error: 'socket closed', keptLines: 0, lostLines: 2 }, warning],
])(
  'the lines of a handler that is %s go to the console; health and a warning say so',
  async (state, health, expected) => {
    const { stdout, stderr } = await runProgram(service(state))
    const said = stdout.match(/a\.handlers\[0\] cannot be written[^{]*(?= \{)/)?.[0]
    expect([said, JSON.parse(stderr)]).toEqual([expected, health])
    expect([...stdout.matchAll(/\b(one|two) \{"logger":"a"/g)].map((found) => found[1])).toEqual(['one', 'two'])
  },
)
