import { parseLine } from '../../../src/logging/parser.js'
import { itemOf } from '../../../src/reading/item-of-line.js'
import { lineLate, lineLateError, lineRecord } from '../../../src/reading/line-record.js'
import { shownParsed } from '../../../src/reading/lines/seen-line.js'
import { storyOf } from '../../../src/reading/story/story.js'
import { storyMarkdown } from '../../../src/reading/story/story-markdown.js'
import { readAccess } from '../../../src/records/read-access.js'
import { checkParsed, linesInFormats, requestLine, time, words } from './encoders.js'
import { dangerous, must, type Target } from './target.js'

const everything = readAccess('all', undefined)

/** The reading side must read any line of a file: it may be torn, old, or of another program. */
export const parser: Target = {
  seeds: [
    requestLine,
    `[${time}] [INFO] paid {"logger":"a","requestId":"r-1","account":"acme","order":7}`,
    `[${time}] [WARN] [a] [7] [r-1] paid {"logger":"a","requestId":"r-1"}`,
    `{"time":"${time}","level":"info","logger":"a","requestId":"r-1","order":7,"message":"paid"}`,
    ...linesInFormats('paid').values(),
  ],
  words,
  check(text) {
    const line = parseLine(text)
    if (line === undefined) return
    checkParsed(line)
    const record = lineRecord(line)
    JSON.stringify([
      lineLate(line),
      lineLateError(line),
      record && itemOf({ line: shownParsed(line, 'a') }, everything, () => undefined),
    ])
    const found = { id: 'r-1', children: [], cameBack: [], vanished: [], leftOut: 0, completeness: 'told' as const }
    const searched = { bytes: 1, ofBytes: 1, files: 1, ofFiles: 1 }
    const records = record === undefined ? [] : [record]
    const hit = { line, file: { name: 'a.log' } } as never
    const story = storyOf({ ...found, searched, records, lines: [hit] }, { record: (one) => one, line: (one) => one })
    must(story !== undefined, 'a line has no story')
    must(!dangerous.test(storyMarkdown(story).replaceAll('\n', '')), 'a story has a control character')
  },
}
