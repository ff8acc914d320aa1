import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// Tests import the package by its name and get the sources, so that no build is needed before them.
const entries = JSON.parse(readFileSync(at('./scripts/entries.json'), 'utf8')) as Record<string, string>
const alias = Object.entries(entries).map(([name, source]) => ({
  find: name === 'index' ? /^spoor$/ : new RegExp(`^spoor/${name}$`),
  replacement: at(`./src/${source}.ts`),
}))

const config: ViteUserConfig = defineConfig({
  resolve: { alias },
  test: {
    pool: 'forks',
    // Tests wait for processes and sockets a third of their time. Vitest would leave a core free, of two.
    maxWorkers: '100%',
    restoreMocks: true,
    // On a shared machine, a second try tells a test that is always wrong from one that lost a race. The summary names
    // what passed only then: each is a bug to be found (scripts/results.mjs).
    retry: process.env['CI'] ? 1 : 0,
    // Where the machine is shared, a process may stand still for seconds and take ten to start; only what hangs comes
    // near these bounds, and those of the projects below.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{src,examples,inspector-ui}/**/*.test.ts',
            'test/*.test.ts',
            'test/{types,records,cli}/*.test.ts',
            'scripts/*.test.mjs',
          ],
        },
      },
      {
        extends: true,
        test: { name: 'conformance', include: ['test/{conformance,outgoing}/**/*.test.ts'] },
      },
      {
        extends: true,
        // They read megabytes of hostile text.
        test: { name: 'security', include: ['test/security/*.test.ts'], testTimeout: 120_000 },
      },
      // One after the other: they fill disks, count descriptors and stop processes.
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.{ts,mjs}'],
          testTimeout: 180_000,
          fileParallelism: false,
        },
      },
      // Asked for by `npm run test:clickhouse`, which installs the engine (546 MB). Left out, by name, where it is not there.
      {
        extends: true,
        test: {
          name: 'clickhouse',
          include: ['test/clickhouse/*.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // Each of them builds the package.
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
export default config
