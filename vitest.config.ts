import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// Tests import the package by its name and get the sources, so that no build is needed before them.
const alias = [
  { find: /^spoor$/, replacement: at('./src/index.ts') },
  { find: /^spoor\/(.+)$/, replacement: `${at('./src/adapters/')}$1.ts` },
]

const config: ViteUserConfig = defineConfig({
  resolve: { alias },
  test: {
    pool: 'forks',
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{src,examples}/**/*.test.ts',
            'test/*.test.ts',
            'test/{types,records}/*.test.ts',
            'scripts/*.test.mjs',
          ],
        },
      },
      {
        extends: true,
        test: { name: 'conformance', include: ['test/{conformance,outgoing}/**/*.test.ts'], testTimeout: 20_000 },
      },
      // One after the other: they fill disks, count descriptors and stop processes.
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.{ts,mjs}'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: { name: 'package', include: ['test/package/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
export default config
