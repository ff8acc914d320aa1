// The examples of docs/jobs.md that want Redis or PostgreSQL. Left out, by name, where it is not installed.
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'
import { runProgram } from '../programs/program.js'
import { startPostgres } from './postgres.js'
import { available, startRedis } from './services.js'

const services = {
  redis: { variable: 'REDIS_URL', start: () => startRedis({ dir: temporaryFolder() }) },
  postgres: { variable: 'DATABASE_URL', start: startPostgres },
}

const page = readFileSync(new URL('../../docs/jobs.md', import.meta.url), 'utf8')
const example = /```js (?<service>redis|postgres)\n(?<program>.*?)```\n+```text\n(?<lines>.*?)```/gs
const examples = [...page.matchAll(example)].map(({ groups }) => ({
  service: groups?.['service'] as keyof typeof services,
  program: (groups?.['program'] ?? '').replace("'spoor/bullmq'", "'spoor/adapters/bullmq/bullmq.js'"),
  lines: (groups?.['lines'] ?? '').split('\n').slice(0, -1),
}))

test('docs/jobs.md has an example for each service', () => {
  expect(examples.map(({ service }) => service)).toEqual(['redis', 'postgres'])
})

for (const { service, program, lines } of examples) {
  test.skipIf(!available(service))(
    `the example of docs/jobs.md for ${service} prints the output on the page`,
    async () => {
      const { variable, start } = services[service]
      const { url, stop } = await start()
      onTestFinished(() => stop())
      const env = { ...process.env, [variable]: url }
      const { stdout, stderr, code } = await runProgram(program, { cwd: temporaryFolder(), env })
      expect([stderr, code]).toEqual(['', 0])
      expect(lines.length).toBeGreaterThan(0)
      expect(stdout.split('\n').slice(0, -1)).toEqual(lines)
    },
  )
}
