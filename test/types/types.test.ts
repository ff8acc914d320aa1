import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

// The files beside this one hold what must compile and, behind `@ts-expect-error`, what must not.
const compiled = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json', '--pretty', 'false'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
const files = readdirSync(join(root, 'test/types')).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))

test.each(files)('the compiler accepts and refuses the code in %s as marked', (file) => {
  expect(compiled.error).toBeUndefined()
  expect(compiled.stdout.split('\n').filter((line) => line.startsWith(`test/types/${file}`))).toEqual([])
})
