// The blocks of code on the pages of the documentation.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A fenced block of a page. */
export interface Block {
  readonly page: string
  /** The line of its fence, counted from 1. */
  readonly line: number
  /** What stands behind the fence: `js`, `js redis`, `ts`, `text`, … */
  readonly language: string
  readonly code: string
  /** The reason in `<!-- not run: … -->` on the line before; undefined for most. */
  readonly notRun: string | undefined
}

/** Every page with documentation for users and contributors, as a path from the project's root. */
export const pages: readonly string[] = [
  ...['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'SECURITY.md'],
  ...['docs', 'docs/frameworks', 'docs/decisions'].flatMap((folder) =>
    readdirSync(root + folder)
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => `${folder}/${name}`),
  ),
]

export function textOf(page: string): string {
  return readFileSync(root + page, 'utf8')
}

/** The fenced blocks of a page, in their order. */
export function blocksOf(page: string): Block[] {
  const lines = textOf(page).split('\n')
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at++) {
    const language = /^```(.*)$/.exec(lines[at] as string)?.[1]
    if (language === undefined) continue
    const end = lines.indexOf('```', at + 1)
    if (end < 0) throw new Error(`${page}:${at + 1}: expected the end of this block, got none`)
    const notRun = /^<!-- not run: (.+) -->$/.exec(lines[at - 1] ?? '')?.[1]
    blocks.push({ page, line: at + 1, language, code: `${lines.slice(at + 1, end).join('\n')}\n`, notRun })
    at = end
  }
  return blocks
}
