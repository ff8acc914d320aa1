// The examples of docs/queries.md for ORMs and query builders, run as the page shows them.
import { transformSync } from 'esbuild'
import type { Spoor } from 'spoor'
import { blocksOf, textOf } from '../docs/blocks.js'

const page = 'docs/queries.md'
const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...args: unknown[]) => Promise<Record<string, unknown>>

/** The first block of code of each `###` section of the page, by its heading. */
export function ormExamples(): Map<string, string> {
  const lines = textOf(page).split('\n')
  const examples = new Map<string, string>()
  for (const { line, language, code } of blocksOf(page)) {
    const heading = lines.slice(0, line).findLast((text) => /^##/.test(text))
    const name = /^### (.*)/.exec(heading ?? '')?.[1]
    if (name !== undefined && language === 'ts' && !examples.has(name)) examples.set(name, code)
  }
  return examples
}

/**
 * Runs an example with a pool of two connections.
 *
 * @param load imports a module by the name in the example
 * @returns the constants of the example, by name
 */
export async function runExample(
  code: string,
  spoor: Spoor,
  url: string,
  load: (name: string) => Promise<unknown>,
): Promise<Record<string, never>> {
  const { code: plain } = transformSync(code.replaceAll('max: 10', 'max: 2'), { loader: 'ts' })
  const body = plain.replace(/^import (\w+) from "(.*?)";$/gm, 'const { default: $1 } = await load("$2");')
  const program = body.replace(/^import (\{.*?\}) from "(.*?)";$/gm, 'const $1 = await load("$2");')
  const names = [...plain.matchAll(/^const (\w+)/gm)].map(([, name]) => name)
  const run = new AsyncFunction('spoor', 'process', 'load', `${program}\nreturn { ${names.join(', ')} }`)
  return (await run(spoor, { env: { DATABASE_URL: url } }, load)) as Record<string, never>
}
