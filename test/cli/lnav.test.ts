// lnav, as Debian has it, reads log files of Spoor with the format file of the package.
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createSpoor, defineLogs } from 'spoor'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'
import { root } from './command-line.js'

const hasLnav = spawnSync('lnav', ['-V']).status === 0

test.skipIf(!hasLnav)('lnav reads time, level, logger and message of the formats json, text and verbose', async () => {
  const [directory, home] = [temporaryFolder(), temporaryFolder()]
  const quiet = { console: false as const }
  const logs = defineLogs({
    directory,
    root: { ...quiet, file: 'root.log' },
    loggers: {
      requests: quiet,
      one: { ...quiet, file: 'one.log', format: 'json' },
      two: { ...quiet, file: 'two.log', format: 'text' },
      three: { ...quiet, file: 'three.log', format: 'verbose' },
    },
  })
  const spoor = createSpoor({ service: 'shop', logs })
  await spoor.run({ account: 'acme' }, async () => {
    for (const name of ['one', 'two', 'three'] as const) {
      logs.get(name).warn({ n: 1 }, `from ${name} {"x"} [y]`)
      logs.get(name).fatal({ error: new Error('down') }, 'failed')
    }
  })
  await spoor.close()
  await logs.close()
  const env = { ...process.env, HOME: home, TERM: 'xterm' }
  const lnav = (...args: string[]): string =>
    execFileSync('lnav', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  lnav('-i', join(root, 'docs/spoor.lnav.json'))
  const rows = (query: string, file: string): unknown =>
    JSON.parse(lnav('-n', '-c', `;${query}`, '-c', ':write-json-to -', join(directory, file)))
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/)
  expect(rows('SELECT log_time, log_level, logger, account, log_body FROM spoor_json', 'one.log')).toEqual([
    { log_time: time, log_level: 'warning', logger: 'one', account: 'acme', log_body: 'from one {"x"} [y]' },
    { log_time: time, log_level: 'fatal', logger: 'one', account: 'acme', log_body: 'failed' },
  ])
  const text = "SELECT log_time, log_level, log_body, json_extract(fields, '$.account') AS account FROM spoor_text"
  for (const name of ['two', 'three']) {
    expect(rows(text, `${name}.log`)).toEqual([
      { log_time: time, log_level: 'warning', log_body: `from ${name} {"x"} [y]`, account: 'acme' },
      { log_time: time, log_level: 'fatal', log_body: 'failed', account: 'acme' },
    ])
  }
  expect(rows('SELECT logger FROM spoor_text', 'three.log')).toEqual([{ logger: 'three' }, { logger: 'three' }])
})
