import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/programs/folder.js'
import { runProgram } from '../../test/programs/program.js'

/** The peak memory, in MB, of a process that logs 300,000 lines without yielding to the event loop. */
async function peakMb(number: string): Promise<number> {
  const { stdout, stderr } = await runProgram(
    `
    import { readFileSync } from 'node:fs'
    import { createSpoor, defineLogs } from 'spoor'
    const directory = process.env.DIRECTORY
    const logs = defineLogs({ directory, loggers: { app: { file: 'app.log', format: 'json', console: false } } })
    const spoor = createSpoor({ service: 'memory', logs })
    const log = logs.get('app')
    for (let first = 0; first < 300_000; first += 10) {
      spoor.run({ requestId: 'r-' + (first % 90), account: 'acme' }, () => {
        for (let line = first; line < first + 10; line++) log.info({ seq: ${number}, site: 'blog.acme.example' }, 'post created')
      })
    }
    await logs.close()
    // Not maxRSS, which a process inherits from its parent.
    console.log(Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024)
    `,
    { env: { DIRECTORY: temporaryFolder() } },
  )
  expect(stderr).toBe('')
  return Number(stdout)
}

test.runIf(process.platform === 'linux')(
  'lines with a new number each take as much memory as lines with one number',
  async () => {
    const [same, fresh] = [await peakMb('8841'), await peakMb('1e6 + line')]
    expect(fresh / same).toBeLessThan(1.15)
  },
  60_000,
)
