// Every block of code in the documentation runs, compiles or is listed here with the reason why it cannot.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { type Block, blocksOf, pages, textOf } from './docs/blocks.js'
import { compileErrors } from './docs/compile.js'
import { temporaryFolder } from './programs/folder.js'
import { runProgram } from './programs/program.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const blocks = pages.flatMap(blocksOf)

/** Blocks that are not run (if they are TypeScript, they are compiled), by page, with the reason that stands before them on the page. */
const notRun: Readonly<Record<string, readonly string[]>> = {
  'docs/migrating.md': ['Python'],
  'docs/testing.md': ['by test/package/jest.test.ts, in Jest'],
  'docs/quick-answers.md': [
    'a Dockerfile',
    'axios is not installed in this project',
    '@sentry/node is not installed in this project',
  ],
}

describe('every block of code', () => {
  test('has a kind that is checked, or a reason why not', () => {
    const unchecked = blocks.filter((block) => block.notRun === undefined && !checks.has(block.language))
    expect(unchecked.map(where)).toEqual([])
  })

  test('that does not run is listed in this test', () => {
    const marked: Record<string, string[]> = {}
    for (const { page, notRun } of blocks) {
      if (notRun !== undefined) marked[page] = [...(marked[page] ?? []), notRun]
    }
    expect(marked).toEqual(notRun)
  })
})

/** The kinds of blocks that are checked, and by which test. */
const checks = new Map([
  [
    'js',
    'this file; pages with tests of their own: docs-context, docs-adapters, docs-migrating, docs-fastify, docs-hono-koa, docs-nest.test.ts',
  ],
  ['js redis', 'e2e/docs-jobs.test.ts'],
  ['js postgres', 'e2e/docs-jobs.test.ts'],
  ['ts', 'this file'],
  ['json', 'this file'],
  ['sh', 'this file'],
  ['text', 'output: of the program before it, if there is one'],
])

// Tests of their own run the examples of these pages in a service.
const runElsewhere: ReadonlySet<string> = new Set([
  'docs/context.md',
  'docs/adapters.md',
  'docs/frameworks/express4.md',
  'docs/frameworks/fastify.md',
  'docs/frameworks/hono.md',
  'docs/frameworks/koa.md',
])
// The services of docs/migrating.md listen, and get requests in docs-migrating.test.ts.
const isService = ({ page, code }: Block): boolean => page === 'docs/migrating.md' && code.includes('.listen(3000)')
const programs = blocks.filter(
  (block) =>
    block.language === 'js' && !runElsewhere.has(block.page) && block.notRun === undefined && !isService(block),
)

describe.each(programs.map((block): [string, Block] => [where(block), block]))('the program %s', (_, block) => {
  test('runs and prints what the page says', async () => {
    const { stdout, stderr, code } = await runProgram(besideSources(block.code), { cwd: temporaryFolder() })
    expect([stderr, code]).toEqual(['', 0])
    const printed = stdout.split('\n').map(timeless)
    for (const line of outputOf(block)) expect(printed).toContain(timeless(line))
  })
})

describe('the TypeScript of the documentation', () => {
  test('compiles against the types of the package', () => {
    const sources = Object.fromEntries([...typeScript()])
    expect(compileErrors(sources)).toEqual([])
  }, 120_000)

  test('is checked by the compiler, which finds mistakes', () => {
    expect(compileErrors({ wrong: `logs.get('biling').info('paid')\n` })).toEqual([
      expect.stringMatching(/^wrong\.ts\(1,\d+\): error TS2345/),
    ])
  }, 120_000)
})

test('the service of the README serves the request that the README shows', async () => {
  const { code } = transformSync(readme(), { loader: 'ts' })
  const asked = `
    await new Promise((listening) => server.once('listening', listening))
    const url = 'http://127.0.0.1:' + server.address().port + '/orders/7'
    const { status, headers } = await fetch(url, { method: 'POST', headers: { authorization: 'Bearer t0ken' } })
    console.log(JSON.stringify({ status, id: headers.get('x-request-id') }))
    const { readFileSync } = await import('node:fs')
    process.once('exit', () => {
      for (const file of ['billing.log', 'requests.jsonl']) console.log(file, readFileSync('logs/' + file, 'utf8'))
    })
    process.kill(process.pid, 'SIGTERM')
  `
  const program = `${besideSources(code.replace('listen(3e3)', 'listen(0)'))}${asked}`
  const { stdout, stderr, code: exit } = await runProgram(program, { cwd: temporaryFolder() })
  expect([stderr, exit]).toEqual(['', 0])
  const { status, id } = JSON.parse(/^\{"status".*$/m.exec(stdout)?.[0] ?? '{}') as { status: number; id: string }
  expect(status).toBe(201)
  expect(stdout).toMatch(
    new RegExp(
      `^billing\\.log \\[.*\\] \\[INFO\\] paid \\{.*"requestId":"${id}".*"account":"acme".*"order":"7"\\}$`,
      'm',
    ),
  )
  expect(stdout).toMatch(new RegExp(`^requests\\.jsonl \\{.*"requestId":"${id}".*"message":"POST /orders/7 201 `, 'm'))
})

test.each(blocks.filter(({ language }) => language === 'json').map((block): [string, Block] => [where(block), block]))(
  'the JSON %s can be parsed',
  (_, { code }) => {
    expect(() => JSON.parse(code)).not.toThrow()
  },
)

test('every npm script that a page names exists', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const named = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\bnpm run ([a-z][\w:]*)/g)].map(([, script]) => ({ page, script: script as string })),
  )
  expect(named.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([])
})

test('every file of the sources or tests that a page names exists', () => {
  const named = pages.flatMap((page) =>
    [...textOf(page).matchAll(/(?:npm test -- |`)((?:src|test|examples|scripts|bench)\/[\w./-]+)/g)].map(
      ([, path]) => ({
        page,
        path: path as string,
      }),
    ),
  )
  // `npm test -- test/security/forged-lines` runs all whose path begins so.
  const isThere = (path: string) =>
    ['', '.ts', '.test.ts', '.mjs'].some((ending) => existsSync(`${root}${path}${ending}`))
  expect(named.filter(({ path }) => !isThere(path))).toEqual([])
})

test('every link between pages leads to an existing page and heading', () => {
  const broken = pages.flatMap((page) =>
    linksOf(page).filter(({ to, heading }) => {
      const text = textOrUndefined(to)
      return text === undefined || (heading !== undefined && !anchorsOf(text).includes(heading))
    }),
  )
  expect(broken).toEqual([])
})

const withContents = pages.filter((page) => !page.startsWith('docs/decisions/') && page !== 'CHANGELOG.md')

test.each(withContents)('%s has a table of contents that names each of its sections', (page) => {
  const text = withoutBlocks(textOf(page))
  const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => anchorOf(title as string))
  const listed = [...text.matchAll(/^- \[.+\]\(#([^)]+)\)$/gm)].map(([, anchor]) => anchor as string)
  expect(sections.filter((anchor) => !listed.includes(anchor))).toEqual([])
})

function where({ page, line, language }: Block): string {
  return `${page}:${line} (${language || 'no language'})`
}

const entries: Readonly<Record<string, string>> = JSON.parse(readFileSync(`${root}scripts/entries.json`, 'utf8'))

/** The program lies beside the sources. */
function besideSources(code: string): string {
  return code
    .replace(/(['"])spoor\/(\w+)\1/g, (_, _quote, name: string) => `'spoor/${entries[name]}.js'`)
    .replace(/"spoor"/g, "'spoor'")
}

/** The lines of a `text` block right behind a program. */
function outputOf(program: Block): string[] {
  const all = blocks.filter(({ page }) => page === program.page)
  const next = all[all.indexOf(program) + 1]
  const between =
    next &&
    textOf(program.page)
      .split('\n')
      .slice(program.line + lineCount(program) + 1, next.line - 1)
  if (next?.language !== 'text' || between?.some((line) => line !== '')) return []
  return next.code.split('\n').slice(0, -1)
}

function lineCount({ code }: Block): number {
  return code.split('\n').length - 1
}

/** A line without what differs from run to run. */
function timeless(line: string): string {
  return line.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, 'TIME').replace(/\] \[\d+\] \[/, '] [PID] [')
}

/** The blocks of the README that are one program when they are pasted together. */
function readme(): string {
  const parts = blocks.filter(({ page, language, notRun }) => page === 'README.md' && language === 'ts' && !notRun)
  return parts.map(({ code }) => code).join('')
}

/** Each `ts` block by itself, and those of the README as one. */
function* typeScript(): Generator<[string, string]> {
  yield ['README', readme()]
  for (const { page, line, language, code, notRun } of blocks) {
    if (language !== 'ts' || (page === 'README.md' && notRun === undefined)) continue
    yield [`${page.replace(/\W/g, '_')}_line_${line}`, code]
  }
}

interface Link {
  readonly page: string
  /** The page it leads to, as a path from the project's root. */
  readonly to: string
  readonly heading: string | undefined
}

function linksOf(page: string): Link[] {
  return [...withoutBlocks(textOf(page)).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
    ([, path, heading]) => {
      const to = path === '' ? page : new URL(path as string, `file:///${page}`).pathname.slice(1)
      return { page, to, heading }
    },
  )
}

/** The text of a page, '' for another file or a folder; undefined if the path does not exist. */
function textOrUndefined(path: string): string | undefined {
  if (pages.includes(path)) return textOf(path)
  return existsSync(root + path) ? '' : undefined
}

function anchorsOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, title]) => anchorOf(title as string))
}

/** The anchor that GitHub gives a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-')
}

function withoutBlocks(text: string): string {
  return text.replace(/^```.*\n[\s\S]*?^```$/gm, '')
}
