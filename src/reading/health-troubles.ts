import type { Health, Trouble } from './reading.js'
import { shownName } from './shown-name.js'
import { counted, timeSaid } from './usage-words.js'

/** The state without its sentence. */
export type HealthFacts = Omit<Health, 'summary' | 'troubles'>

const maxErrorCharacters = 160

/** What is wrong, the worst first. What happened once and is over counts as a warning. */
export function troublesOf(health: HealthFacts): Trouble[] {
  const { outputs, records, context, loop } = health
  const troubles: Trouble[] = []
  const say = (level: Trouble['level'], says: string): void => {
    troubles.push({ level, says })
  }
  for (const { output, error, lostLines } of outputs) {
    const name = output === 'console' ? 'the console' : `the file ${shownName(output)}`
    if (error !== undefined) say('failure', `${name} cannot be written (${shownName(error)})`)
    if (lostLines > 0) say('failure', `${name} lost ${counted(lostLines, 'line')}`)
  }
  if (records.error !== undefined)
    say('failure', `the record store does not answer (${shownName(records.error, maxErrorCharacters)})`)
  const { givenUp = 0, unreadable = 0 } = records
  if (givenUp > 0)
    say('failure', `the record store never got ${counted(givenUp, 'record')}: too many waited while it failed`)
  if (unreadable > 0)
    say('warning', `the record store has ${counted(unreadable, 'entry', 'entries')} that this version cannot read`)
  if (records.failed > 0) say('warning', `the record store failed ${counted(records.failed, 'time')}`)
  if (loop !== undefined && loop.blocked > 0)
    say('warning', `the event loop was blocked ${counted(loop.blocked, 'time')}, for ${timeSaid(loop.worstMs)} at most`)
  if (context.lost > 0) say('warning', `${counted(context.lost, 'request')} lost the context`)
  if (context.unknown > 0) say('warning', `${counted(context.unknown, 'line')} ran in the context of another request`)
  if (context.lostCalls > 0) say('warning', `${counted(context.lostCalls, 'call')} went out without a known request`)
  return troubles.sort((one, other) => Number(one.level === 'warning') - Number(other.level === 'warning'))
}

const maxSaid = 3

/** What is wrong in a sentence, or `All is well.` */
export function healthSummary(troubles: readonly Trouble[]): string {
  const [first, ...others] = troubles.slice(0, maxSaid).map(({ says }) => says)
  if (first === undefined) return 'All is well.'
  const more = troubles.length - maxSaid
  const rest = more > 0 ? [...others, `${counted(more, 'other thing')} ${more === 1 ? 'is' : 'are'} wrong`] : others
  const sentence = [first, ...rest].join('; ')
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`
}
