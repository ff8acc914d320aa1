// The examples of docs/jobs.md that want Redis. Left out, by name, where it is not installed.
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'
import { runProgram } from '../programs/program.js'
import { available, startRedis } from './services.js'

const page = readFileSync(new URL('../../docs/jobs.md', import.meta.url), 'utf8')
const example = /```js redis\n(?<program>.*?)```\n+```text\n(?<lines>.*?)```/gs
const examples = [...page.matchAll(example)].map((found, index) => ({
  number: index + 1,
  program: (found.groups?.['program'] ?? '').replace("'spoor/bullmq'", "'spoor/adapters/bullmq.js'"),
  lines: (found.groups?.['lines'] ?? '').split('\n').slice(0, -1),
}))

test.skipIf(!available('redis')).each(examples)(
  'example $number of docs/jobs.md over Redis prints what the page says',
  async ({ program, lines }) => {
    const redis = await startRedis({ dir: temporaryFolder() })
    onTestFinished(() => redis.stop())
    const { stdout, stderr, code } = await runProgram(program, {
      cwd: temporaryFolder(),
      env: { ...process.env, REDIS_URL: redis.url },
    })
    expect([stderr, code]).toEqual(['', 0])
    expect(lines.length).toBeGreaterThan(0)
    expect(stdout.split('\n').slice(0, -1)).toEqual(lines)
  },
)
