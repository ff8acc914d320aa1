import { readdirSync } from 'node:fs'
import { find } from '../../reading/find/find.js'
import { idTime } from '../../reading/find/id-time.js'
import { withoutInternals } from '../../reading/lines/withheld-errors.js'
import type { LogFileHealth } from '../../reading/reading.js'
import { shownRecord } from '../../reading/shown-error.js'
import { type Story, storyOf } from '../../reading/story/story.js'
import { storyObjects } from '../../reading/story/story-json.js'
import { storyMarkdown } from '../../reading/story/story-markdown.js'
import { notOpened } from '../../reading/story/story-words.js'
import { escapeText } from '../../safe-values/escape.js'
import { type Arguments, type Run, textOf, UsageError } from '../command.js'
import { jsonRow } from '../json-row.js'
import type { Output } from '../output.js'
import { type CommandLines, linesFrom, sourceWords } from '../source.js'
import { clock } from '../words.js'
import { storyText } from './story-text.js'

const wholeId = 'copy the whole id from X-Request-ID or a log file'
// A terminal shows the end of an id. A trace has 32 digits without a hyphen.
const partOfId = /^(?![\da-f]{32}$)[\da-f-]{8,35}$/i

/** `spoor find ID`: the story of one request or job. Without ID: a list of requests. */
export const findCommand: Run = async (given, output) => {
  const [id] = given.words
  if (id === undefined) {
    const { listCommand } = await import('./list-command.js')
    return listCommand(given, output)
  }
  if (id.startsWith('…')) throw new UsageError(`spoor find: ID: expected a whole id, got the end of one; ${wholeId}`)
  if (!/^[\x21-\x7e]{1,200}$/.test(id))
    throw new UsageError('spoor find: ID: expected 1 to 200 visible ASCII characters')
  const began = nowMs()
  const { options } = given
  for (const name of ['last', 'failed'])
    if (options[name] !== undefined) throw new UsageError(`spoor find: --${name} goes without an ID`)
  if (options['json'] === true && options['md'] === true)
    throw new UsageError('spoor find: expected --json or --md, got both')
  const asked = { quick: options['quick'] === true, jobs: options['jobs'] === true }
  const isJson = options['json'] === true
  if (textOf(given, 'url') !== undefined) {
    if (asked.quick) throw new UsageError('spoor find: --quick goes with --dir: a service always searches completely')
    const { remoteStory } = await import('../remote.js')
    const story = await remoteStory(given, id, asked.jobs)
    return show(story, began, given, output) ?? notFound(id, undefined, [], isJson, output)
  }
  const source = await linesFrom(given, { mode: 'blocking' })
  const { progress, clear } = progressOn(output)
  const found = await find(source.lines.search(source.access, progress), { id, ...asked })
  clear()
  const isFound = found.records.length > 0 || found.lines.length > 0 || found.children.length > 0
  const parts = isFound ? [] : await source.lines.parts()
  source.lines.close()
  const story = storyOf(found, {
    record: (record) => shownRecord(source.access, record),
    line: withoutInternals(source.access),
  })
  return show(story, began, given, output) ?? notFound(id, { ...source, parts }, found.vanished, isJson, output)
}

function show(story: Story | undefined, began: number, given: Arguments, output: Output): number | undefined {
  if (story === undefined) return undefined
  if (given.options['json'] === true) for (const one of storyObjects(story)) output.print(jsonRow(one))
  else if (given.options['md'] === true) output.print(storyMarkdown(story).trimEnd())
  else {
    const { paint, isTerminal } = output
    const source = sourceWords(given)
    const columns = output.columns() ?? 100
    output.print(...storyText(story, { paint, columns, isTerminal, source, tookMs: nowMs() - began }))
  }
  return 0
}

/** Where nothing was found. */
interface Searched extends Pick<CommandLines, 'directory'> {
  readonly parts: readonly LogFileHealth[]
}

async function notFound(
  id: string,
  source: Searched | undefined,
  vanished: readonly string[],
  isJson: boolean,
  output: Output,
): Promise<number> {
  if (isJson) {
    output.print(jsonRow({ kind: 'end', id, lines: 0, complete: vanished.length === 0, vanished }))
    return 1
  }
  const time = idTime(id)
  const oldest = oldestOf(source?.parts)
  const says = time === undefined ? undefined : `It says ${clock(time)}`
  const what = source?.directory === undefined ? 'lines' : 'files'
  const reach = oldest === undefined ? undefined : `${what} reach back to ${clock(oldest)}`
  const both =
    says === undefined ? reach && ` The ${reach}.` : reach === undefined ? ` ${says}.` : ` ${says}, and the ${reach}.`
  const part = partOfId.test(id) ? ` It is shorter than an id of Spoor (36 characters): ${wholeId}.` : ''
  output.print(`No line of this id.${part}${both ?? ''}`)
  if (vanished.length > 0) output.print(escapeText(`Not complete: ${notOpened(vanished)}`))
  if (source?.directory !== undefined)
    output.print(
      source.parts.length === 0
        ? `There are no log files (*.log, *.jsonl) in ${escapeText(source.directory)}${hint(source.directory)}: spoor find ID --dir DIR`
        : 'If older files were moved elsewhere: spoor find ID --dir DIR',
    )
  return 1
}

/** The time of the oldest line, ms since the epoch. */
function oldestOf(parts: readonly LogFileHealth[] = []): number | undefined {
  const times = parts.flatMap(({ oldest }) => (oldest === undefined ? [] : [Date.parse(oldest)]))
  return times.length === 0 ? undefined : Math.min(...times)
}

function hint(directory: string): string {
  try {
    return readdirSync(directory).length === 0 ? ', which is empty' : ''
  } catch {
    return ''
  }
}

// `performance.now` would load node:perf_hooks, which takes 1 ms.
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

const progressEveryMs = 200

interface Progress {
  readonly progress?: (searched: { bytes: number; ofBytes: number }) => void
  /** Removes the message. */
  clear(): void
}

/** A long search says how far it is, at the terminal, in one row that the answer replaces. */
function progressOn(output: Output): Progress {
  if (!output.isTerminal) return { clear: () => {} }
  let next = nowMs() + 1_000
  let isShown = false
  return {
    progress: ({ bytes, ofBytes }) => {
      const now = nowMs()
      if (now < next) return
      next = now + progressEveryMs
      isShown = true
      output.note(`read ${Math.round(bytes / 2 ** 20)} of ${Math.round(ofBytes / 2 ** 20)} MB …`)
    },
    clear: () => {
      if (isShown) output.note('')
    },
  }
}
