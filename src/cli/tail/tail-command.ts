import { levels } from '../../logging/levels.js'
import type { LineFilter } from '../../reading/lines/line-filter.js'
import type { LiveEvent } from '../../reading/lines/watching.js'

import type { ShownLine } from '../../reading/story/story.js'
import { escapeText } from '../../safe-values/escape.js'
import { type Arguments, type Run, textOf, UsageError } from '../command.js'
import { jsonRow } from '../json-row.js'
import { linesFrom } from '../source.js'
import { untilClosed } from '../until-closed.js'
import { dropped } from './dropped.js'
import { InOrder } from './in-order.js'
import { tailText } from './tail-text.js'

/** `spoor tail`: new lines as they are written, until the command is ended. */
export const tailCommand: Run = async (given, output) => {
  const filter = filterOf(given)
  const isJson = given.options['json'] === true
  const columns = (): number | undefined => (output.isTerminal ? (output.columns() ?? 100) : undefined)
  const show = (line: ShownLine): void =>
    output.print(isJson ? jsonRow({ kind: 'line', ...line }) : tailText(line, columns(), output.paint))
  if (textOf(given, 'url') !== undefined) {
    const { remoteTail } = await import('./remote-tail.js')
    return remoteTail(given, filter, show, output)
  }
  const { lines: source, access, place } = await linesFrom(given, { keepsAlive: true })
  return untilClosed(async (stop) => {
    const lines = new InOrder(show, stop)
    const send = (event: LiveEvent): boolean => {
      if (event.kind !== 'dropped') lines.add(event.line)
      else {
        lines.flush()
        dropped(event.lines, output)
      }
      return true
    }
    await source.watch({ access, filter, send })
    if (output.isTerminal) output.say(`waiting for lines in ${escapeText(place)} …`)
    return () => {
      source.close()
      lines.flush()
    }
  })
}

function filterOf(given: Arguments): LineFilter {
  const level = textOf(given, 'level')
  const known = levels.find((one) => one === level)
  if (level !== undefined && known === undefined)
    throw new UsageError(`spoor tail: --level: expected one of ${levels.join(', ')}`)
  const [account, requestId] = [textOf(given, 'account'), textOf(given, 'request')]
  return { loggers: given.words, level: known, account, requestId }
}
