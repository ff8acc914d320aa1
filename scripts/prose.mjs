// npm run check:prose [-- PATH…]: refuses habits that make prose hard to read, where a pattern finds them, in code, comments,
// messages, test titles and docs (CONTRIBUTING.md, "How the prose reads").
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './child.mjs'

const places = [
  'src',
  'test',
  'docs',
  'examples',
  'scripts',
  'bench',
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
]
const texts = /\.(?:[cm]?[jt]s|md|html|css|sh)$/
const skippedFolders = new Set(['node_modules', 'dist', 'fixtures'])
/** These two quote the habits. */
const skippedFiles = new Set(['scripts/prose.mjs', 'scripts/prose.test.mjs'])

/** Each habit, and what to write instead. */
const habits = [
  {
    // "There is no such job" and "is no longer" are plain.
    pattern:
      /(?<!\bthere )\b(?:is|are|was|were) no (?!(?:longer|more|less|fewer|better|worse|slower|faster|larger|smaller|older|newer|different)\b)[a-z]/gi,
    instead: '"must be a …", "expected …, got …" or "is not a …"',
  },
  {
    pattern: /(?<!\bthere )\b(?:is|are|was|were) none\b/gi,
    instead: 'the noun: "no account", "not an object", "undefined"',
  },
  { pattern: /\bwhoever\b/gi, instead: 'who acts: "the caller", "a user who …", "every reader"' },
  { pattern: /\b(?:nobody|somebody)['’]s\b/gi, instead: 'the owner: "without an account", "of another user"' },
  { pattern: /\b(?:he|his|him|himself)\b/gi, instead: '"they", "the user" or "the caller"' },
  { pattern: /\bof ours\b/gi, instead: 'the owner: "of Spoor", "of the package"' },
  { pattern: /\bthe mend\b/gi, instead: '"the fix"' },
]

/** Habits that only titles of tests must not have. Prose may use these words in other places. */
const titleHabits = [
  {
    pattern: /\b(?:nobody|somebody|anybody|everybody|no one|someone|anyone|everyone)\b/gi,
    instead: 'who acts: "no caller", "another process", "every user"',
  },
  { pattern: /^(?:what|who|whom)\b(?!.*\?$)/gi, instead: 'the noun: "the error that …", "a request that …"' },
  { pattern: /\b(?:we|us|our|ours)\b/g, instead: '"Spoor"' },
  { pattern: /\b(?:is|are) (?:not )?there(?= (?:for|if|unless|once|where|although)\b|[,:;]|$)/gi, instead: '"exists"' },
  { pattern: /\bunless (?:told|asked)\b/gi, instead: '"by default" or "by option"' },
  { pattern: /\b(?:is|are|be) (?:said|had)\b/gi, instead: 'who says it: "a warning reports …", "the line has …"' },
  { pattern: /\b(?:says|said) so\b/gi, instead: 'what appears: "logs a warning", "is marked"' },
  { pattern: /[,;] whatever (?:it|that|they) \w+$/gi, instead: '"for any …"' },
  { pattern: /\ball the same\b/gi, instead: '"still"' },
]

/** A title: the first text of `test(…)`, of `test.each(…)(…)`, or of a case's `says: …`. */
const titlePattern =
  /(?:\b(?:test|it|describe)(?:\.\w+)*\(|\)\(|\bsays:)\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g
const testFiles = /^test\/|\.test\.[cm]?[jt]s$/

/**
 * The habits in a text, in order.
 *
 * @param {string} text
 * @returns {{ line: number, found: string, instead: string }[]}
 */
export function habitsIn(text) {
  return text
    .split('\n')
    .flatMap((line, index) => matchesIn(line, habits).map((match) => ({ line: index + 1, ...match })))
}

/**
 * The habits in the titles of a test file, in order.
 *
 * @param {string} text the code of the file
 * @returns {{ line: number, found: string, instead: string }[]}
 */
export function titleHabitsIn(text) {
  return [...text.matchAll(titlePattern)].flatMap((match) => {
    const title = match[1] ?? match[2] ?? match[3] ?? ''
    const line = text.slice(0, match.index + match[0].length - title.length).split('\n').length
    return matchesIn(title, titleHabits).map((found) => ({ line, ...found }))
  })
}

function matchesIn(text, list) {
  return list
    .flatMap(({ pattern, instead }) =>
      [...text.matchAll(pattern)].map((match) => ({ at: match.index, found: phrase(text, match), instead })),
    )
    .sort((a, b) => a.at - b.at)
    .map(({ found, instead }) => ({ found, instead }))
}

/** The match, to the end of its last word. */
function phrase(line, { index, 0: matched }) {
  return matched + (/^\w*/.exec(line.slice(index + matched.length))?.[0] ?? '')
}

/**
 * The habits in all prose of a folder, as `file:line: …` in the order of the files.
 *
 * @param {string} folder
 * @param {string[]} [within] the files and folders to read
 */
export function checkProse(folder, within = places) {
  return within
    .flatMap((place) => filesIn(join(folder, place)))
    .map((path) => relative(folder, path).replaceAll('\\', '/'))
    .filter((file) => !skippedFiles.has(file))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8')
      const found = [...habitsIn(text), ...(testFiles.test(file) ? titleHabitsIn(text) : [])]
      return found
        .sort((a, b) => a.line - b.line)
        .map(({ line, found, instead }) => `${file}:${line}: "${found}"; write ${instead}`)
    })
}

/** @returns {string[]} */
function filesIn(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return []
  if (stat.isFile()) return texts.test(path) ? [path] : []
  return readdirSync(path)
    .filter((name) => !skippedFolders.has(name))
    .sort()
    .flatMap((name) => filesIn(join(path, name)))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const named = process.argv.slice(2)
  const found = checkProse(root, named.length > 0 ? named : undefined)
  for (const line of found) console.log(line)
  console.log(`${found.length} found`)
  process.exitCode = found.length === 0 ? 0 : 1
}
