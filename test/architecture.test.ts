import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { importsOf } from './architecture/imports.js'
import { type Rules, type Sources, violations } from './architecture/rules.js'

const root = fileURLToPath(new URL('..', import.meta.url))

const rules: Rules = {
  layers: [
    ['safe-values', 'process', 'work', 'foreign-options'],
    ['options'],
    ['context'],
    ['logging', 'usage'],
    ['records', 'errors', 'tracking', 'outgoing', 'queries', 'alerts'],
    ['http', 'reading'],
    ['lifecycle'],
    ['inspector', 'adapters'],
    ['spoor-options'],
    ['spoor-inspector'],
    ['spoor'],
    ['index'],
    ['testing', 'cli'],
  ],
  alone: ['safe-values', 'work'],
  typesFrom: { adapters: ['spoor'] },
  // What users test their services with reads lines, records and open requests (decision 0162). No framework, no queries.
  onlyFrom: { testing: ['safe-values', 'process', 'logging', 'records', 'lifecycle', 'spoor-options', 'spoor'] },
  // An adapter takes a finished Spoor as a value: a service that brings its own handlers or stores loads none of Spoor's.
  // Of the lifecycle it uses the narrow interface only.
  neverLoads: {
    adapters: ['logging/handlers/', 'spoor.ts', 'http/exchange.ts', 'lifecycle/lifecycle.ts', 'lifecycle/requests.ts'],
    spoor: ['adapters/'],
    index: ['adapters/'],
  },
  entryPoints: entryPoints(),
  maxLines: 350,
  longFiles: {},
}

describe('the sources', () => {
  test('keep the rules of the architecture', () => {
    expect(violations(sources(), rules)).toEqual([])
  })

  const hasGit = existsSync(join(root, '.git'))
  test.skipIf(!hasGit)('name no path of a machine, nor does any other tracked file', () => {
    const path = /(?<![\w.~/-])(?:\/(?:work|root)\/|\/(?:home|Users)\/\w|[A-Z]:\\Users\\)/
    const naming = trackedTexts().flatMap(({ file, text }) =>
      text.split('\n').flatMap((line, index) => (path.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
    )
    expect(naming).toEqual([])
  })

  test('have a lock file without download addresses', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toContain(`"resolved": "http`)
  })
})

describe('the checker', () => {
  const check = (made: Sources, own: Partial<Rules> = {}) => violations(made, { ...rules, entryPoints: [], ...own })
  const value = (path: string) => `import { a } from '${path}'\n`
  const type = (path: string) => `import type { A } from '${path}'\n`
  const empty = 'export const a = 1\n'

  test('accepts imports of layers to the left, of the own folder and of packages', () => {
    const made = {
      'context/a.ts': value('./b.js'),
      'context/b.ts': value('uuid'),
      'logging/a.ts': value('../context/a.js') + value('node:fs'),
      'lifecycle.ts': value('./logging/a.js') + value('./context/b.js'),
    }
    expect(check(made)).toEqual([])
  })

  test.each([
    ['a value', value],
    ['a type', type],
    ['a side effect', (path: string) => `import '${path}'\n`],
    ['a dynamic import', (path: string) => `const a = await import('${path}')\n`],
    ['a re-export', (path: string) => `${empty}export { b } from '${path}'\n`],
  ])('refuses %s from the right', (_, line) => {
    expect(check({ 'logging/a.ts': line('../lifecycle.js'), 'lifecycle.ts': empty })).toEqual([
      expect.stringMatching(
        /^logging\/a\.ts imports (types of )?lifecycle\.ts: a layer imports only those to its left/,
      ),
    ])
  })

  test('refuses values of a layer at the same level, and accepts types', () => {
    const made = {
      'logging/a.ts': type('../usage/a.js'),
      'usage/a.ts': value('../logging/b.js'),
      'logging/b.ts': '',
    }
    expect(check(made)).toEqual([
      'usage/a.ts imports logging/b.ts: usage and logging are in one layer: sideways only types',
    ])
  })

  test('treats an import of inline types as an import of values, because the compiler keeps it', () => {
    const made = { 'usage/a.ts': `import { type A } from '../logging/a.js'\n`, 'logging/a.ts': '' }
    expect(check(made)).toHaveLength(1)
  })

  test('refuses imports in safe-values and work', () => {
    const made = { 'work/a.ts': type('../safe-values/a.js'), 'safe-values/a.ts': empty }
    expect(check(made)).toEqual([
      'work/a.ts imports types of safe-values/a.ts: work imports no other folder, not even a type',
    ])
  })

  test('accepts the type Spoor in adapters, and refuses its value', () => {
    const spoor = { 'spoor.ts': empty }
    expect(check({ ...spoor, 'adapters/a.ts': type('../spoor.js') })).toEqual([])
    expect(check({ ...spoor, 'adapters/a.ts': value('../spoor.js') })).toContain(
      'adapters/a.ts imports spoor.ts: adapters takes of spoor the types only',
    )
    expect(check({ ...spoor, 'inspector/a.ts': type('../spoor.js') })).toHaveLength(1)
  })

  test('follows everything that an adapter loads', () => {
    const made = {
      'adapters/a.ts': value('../lifecycle.js'),
      'lifecycle.ts': value('./logging/a.js'),
      'logging/a.ts': value('./handlers/file.js'),
      'logging/handlers/file.ts': empty,
    }
    expect(check(made)).toEqual([
      'adapters/a.ts → lifecycle.ts → logging/a.ts → logging/handlers/file.ts: adapters must not load logging/handlers/file.ts',
    ])
  })

  test('accepts only the listed folders in a wing that has such a list', () => {
    const made = {
      'testing/a.ts': value('../index.js') + value('../queries/a.js'),
      'index.ts': empty,
      'queries/a.ts': empty,
    }
    const onlyFrom = { testing: ['index', 'adapters'] }
    expect(check(made, { onlyFrom })).toEqual([
      'testing/a.ts imports queries/a.ts: testing imports only index, adapters',
    ])
  })

  test('refuses cycles of values, also within a folder, and accepts cycles of types', () => {
    const made = { 'logging/a.ts': value('./b.js'), 'logging/b.ts': value('./c.js'), 'logging/c.ts': value('./a.js') }
    expect(check(made)).toEqual([
      'logging/a.ts → logging/b.ts → logging/c.ts → logging/a.ts: no cycles of imports at run time',
    ])
    expect(check({ ...made, 'logging/c.ts': type('./a.js') })).toEqual([])
  })

  test.each(['utils.ts', 'logging/helpers.ts', 'common/a.ts', 'logging/types.ts'])('refuses the name %s', (file) => {
    const layers = [...rules.layers, ['utils', 'common']]
    expect(check({ [file]: empty }, { layers })).toEqual([expect.stringContaining('name it by its subject')])
  })

  test('refuses barrels other than the entry points', () => {
    const made = {
      'logging/all.ts': `// all\nexport { a } from './a.js'\nexport type { B } from './a.js'\n`,
      'logging/a.ts': empty,
    }
    expect(check(made)).toEqual(['logging/all.ts only re-exports: no barrels besides the entry points'])
    expect(check(made, { entryPoints: ['logging/all.ts'] })).toEqual([])
    expect(check({ 'logging/b.ts': `${empty}export * from './a.js'\n`, 'logging/a.ts': empty })).toHaveLength(1)
    expect(check({ 'logging/b.ts': `${empty}export { b } from './a.js'\n`, 'logging/a.ts': empty })).toEqual([])
  })

  test('refuses files outside src, tests, missing files, its own package name, computed modules and unknown folders', () => {
    const refused = (line: string, others: Sources = {}) => check({ 'logging/a.ts': line, ...others })
    expect(refused(value('../../examples/publisher/main.js'))).toEqual([expect.stringContaining('outside of src/')])
    expect(refused(value('../../test/a.js'))).toEqual([expect.stringContaining('outside of src/')])
    expect(refused(value('./b.test.js'))).toEqual([expect.stringContaining('no source imports a test')])
    expect(refused(value('./missing.js'))).toEqual([expect.stringContaining('there is no such file')])
    expect(refused(value('spoor/express'))).toEqual([expect.stringContaining('does not import itself')])
    expect(refused('await import(name)\n')).toEqual([expect.stringContaining('by a literal')])
    expect(refused(value('../new/a.js'), { 'new/a.ts': '' })).toEqual([expect.stringContaining('new has no layer yet')])
  })

  test('refuses long files without a reason, and reasons without a long file', () => {
    const made = { 'logging/a.ts': empty.repeat(351) }
    expect(check(made)).toEqual([expect.stringContaining('logging/a.ts has 351 lines')])
    expect(check(made, { longFiles: { 'logging/a.ts': 'one table' } })).toEqual([])
    expect(check({ 'logging/a.ts': empty }, { longFiles: { 'logging/a.ts': 'one table' } })).toHaveLength(1)
  })
})

describe('the scanner', () => {
  const specifiers = (source: string) => importsOf(source).list.map((one) => one.specifier)

  test.each([
    [`import a from './a.js'`, './a.js'],
    [`import a, { b as c, type D } from "./a.js"`, './a.js'],
    [`import {\n  a, // './no.js'\n  b,\n} from './a.js'`, './a.js'],
    [`import * as a from './a.js'`, './a.js'],
    [`import './a.js'`, './a.js'],
    [`export * from './a.js'`, './a.js'],
    [`export * as a from './a.js'`, './a.js'],
    [`export type { A } from './a.js'`, './a.js'],
    [`const a = /['"\`]/.test(b)\nimport c from './a.js'`, './a.js'],
    [`const load = () => import(\n  './a.js'\n)`, './a.js'],
  ])('finds %j', (source, found) => {
    expect(specifiers(source)).toEqual([found])
  })

  test.each([
    `// import a from './a.js'`,
    `/* import a from './a.js' */`,
    `const a = "import b from './a.js'"`,
    `const a = \`\nimport b from './a.js'\n\``,
    `const url = import.meta.url`,
    `export const from = 'a'`,
    `const a = Array.from('abc')`,
    `const a = b / 2 // '\nconst from = 'c' / d`,
  ])('finds nothing in %j', (source) => {
    expect(specifiers(source)).toEqual([])
  })

  test('distinguishes types from values', () => {
    const list = importsOf(
      `import type { A } from 'a'\nimport type B from 'b'\nimport type from 'c'\nimport { type D } from 'd'`,
    ).list
    expect(list.map((one) => one.typeOnly)).toEqual([true, true, false, false])
  })
})

function sources(): Sources {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(root, 'src', file), 'utf8')]))
}

/** The sources of what package.json exports. */
function entryPoints(): string[] {
  const { exports } = readJson('package.json') as { exports: Record<string, { default?: { default: string } }> }
  const entries = readJson('scripts/entries.json') as Record<string, string>
  return Object.values(exports).flatMap((entry) => {
    const name = /^\.\/dist\/(.+)\.js$/.exec(entry.default?.default ?? '')?.[1]
    return name === undefined ? [] : [`${entries[name]}.ts`]
  })
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}

function trackedTexts(): { file: string; text: string }[] {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0')
  return files
    .filter((file) => file !== '' && existsSync(join(root, file)))
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
    .filter(({ text }) => !text.includes('\0'))
}
