import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type LevelRule, ruleWords, whoseWords } from '../../logging/choice/level-rules.js'
import { levelsFile } from '../../logging/choice/levels-json.js'
import { rulesIn } from '../../logging/choice/levels-reader.js'
import { levelNamed, levelProblem } from '../../logging/levels.js'
import { groupsBelow } from '../../reading/files/log-groups.js'
import { escapeText } from '../../safe-values/escape.js'
import { type Arguments, type Run, textOf, UsageError } from '../command.js'
import { jsonRow } from '../json-row.js'
import type { Output } from '../output.js'
import { directoryOf, spanMs } from '../source.js'
import { changeLevels } from './write-levels.js'

const defaultFor = '10m'
// Levels that hold for longer belong into the options of the service.
const longestMs = 7 * 86_400_000

/** `spoor level`: lists or changes the levels of running services, by the file levels.json beside their log files. */
export const levelCommand: Run = async (given, output) => {
  const isClear = given.options['clear'] === true
  const isList = given.words.length === 0 && !isClear
  const wanted = isClear || isList ? undefined : ruleOf(given)
  const places = placesOf(given)
  if (isList) return list(places, given, output)
  const selector = wanted ?? selectorOf(given, given.words[0])
  const count = { held: 0, left: 0 }
  for (const place of places) {
    changeLevels(place, () => {
      const held = rulesAt(place)
      const others = held.filter((rule) => !isReplaced(rule, selector, isClear))
      count.held += held.length
      count.left += others.length
      return wanted === undefined ? others : [...others, wanted]
    })
  }
  output.print(wanted === undefined ? clearedWords(selector, count) : wordsOf(wanted))
  return 0
}

/** What `--clear` did. */
function clearedWords(selector: Selector, { held, left }: { held: number; left: number }): string {
  if (left === 0) return 'The levels are those of the options again'
  const { logger = 'all loggers' } = selector
  const what = escapeText(`${logger}${whoseWords(selector)}`)
  const done = held === left ? `No rule for ${what} holds` : `${what}: the level of the options again`
  return `${done}. ${left === 1 ? '1 other rule still holds' : `${left} other rules still hold`}: spoor level`
}

/** The directories that have log files of services, or the one that was named. */
function placesOf(given: Arguments): readonly string[] {
  const directory = directoryOf(given)
  const found = groupsBelow(directory).map(({ name }) => dirname(join(directory, name)))
  return found.length === 0 ? [directory] : [...new Set(found)]
}

function list(places: readonly string[], given: Arguments, output: Output): number {
  const all = places.flatMap((place) => rulesAt(place).map((rule) => ({ ...rule, directory: place })))
  if (given.options['json'] === true) for (const rule of all) output.print(jsonRow({ ...rule }))
  else if (all.length === 0) output.print('All levels are those of the options')
  else
    for (const { directory, ...rule } of all)
      output.print(places.length === 1 ? wordsOf(rule) : `${escapeText(basename(directory))}: ${wordsOf(rule)}`)
  return all.length === 0 ? 1 : 0
}

/** The rules that hold in a directory. */
function rulesAt(directory: string): readonly LevelRule[] {
  const path = join(directory, levelsFile)
  if (!existsSync(path)) return []
  try {
    return rulesIn(path).at(Date.now())?.rules ?? []
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageError(`spoor level: ${path} cannot be used; correct or delete it\n${reason}`)
  }
}

type Selector = Omit<LevelRule, 'level' | 'until'>

function ruleOf(given: Arguments): LevelRule {
  const [first = '', second] = given.words
  const [logger, name] = second === undefined ? [undefined, first] : [first, second]
  const level = levelNamed(name)
  if (level === undefined) {
    // Names that a shell would read otherwise are not shown in a command to copy.
    const isName = second === undefined && /^[\w.:-]{1,60}$/.test(first)
    const more = isName ? `; to set a logger: spoor level ${first} LEVEL` : ''
    throw new UsageError(`spoor level: ${levelProblem(name)}${more}`)
  }
  const until = new Date(Date.now() + forMs(given)).toISOString()
  return { ...selectorOf(given, logger), level, until }
}

function selectorOf(given: Arguments, logger: string | undefined): Selector {
  const [account, user, requestId] = ['account', 'user', 'request'].map((name) => textOf(given, name))
  const all = { logger, account, user, requestId }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function forMs(given: Arguments): number {
  const text = textOf(given, 'for') ?? defaultFor
  const ms = spanMs(text)
  if (ms === undefined || ms === 0 || ms > longestMs)
    throw new UsageError(`spoor level: --for: expected a time from 1s to 7d, as in 10m, got ${text.slice(0, 40)}`)
  return ms
}

const selectors = ['logger', 'account', 'user', 'requestId'] as const

/** True for the rule that selects the same, or, to clear, all that the selector names. */
function isReplaced(rule: LevelRule, selector: Selector, isClear: boolean): boolean {
  const named = isClear ? selectors.filter((name) => selector[name] !== undefined) : selectors
  return named.every((name) => rule[name] === selector[name])
}

function wordsOf(rule: LevelRule): string {
  return escapeText(ruleWords(rule))
}
