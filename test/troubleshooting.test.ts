import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../', import.meta.url)
const page = readFileSync(new URL('docs/troubleshooting.md', root), 'utf8')
const filesIn = (folder: string, ending: string) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !file.includes('.test.'))
    .map((file) => readFileSync(new URL(folder + file, root), 'utf8'))

/** All that Spoor may say, with texts joined that are written over several lines. */
const said = [...filesIn('src/', '.ts'), ...filesIn('scripts/', '.mjs')].join('\n').replace(/['`] \+\s+['`]/g, '')

// Behind the message: who says it, if that is not Spoor.
const messages = [...page.matchAll(/^\| `(.+?)`(?: \((\w+)\))? \|/gm)].map(([, message, other]) => ({ message, other }))

test('Spoor writes each message of docs/troubleshooting.md', () => {
  const own = messages.filter(({ message, other }) => other === undefined && message?.includes('…') === false)
  expect(own.length).toBeGreaterThan(30)
  expect(
    own.map(({ message }) => message).filter((message) => !said.includes(message as string) && !assembled(message)),
  ).toEqual([])
})

/** Messages that are put together from a path and what was expected. */
function assembled(message = ''): boolean {
  const parts = message.split(/: (?=expected)|: (?=level)| expected /).filter((part) => part !== '')
  return parts.length > 1 && parts.every((part) => said.includes(part.trim()))
}
