import { promisify } from 'node:util'
import type { SharedStretch, StretchHead, TotalsStore } from '../shared-store.js'
import type { StretchKind } from '../totals/stretches.js'
import type { Run } from './redis-live.js'
import { putStretchScript, stretchesScript, textsScript } from './redis-script.js'
import type { Unreadable } from './unreadable.js'

const minuteMs = 60_000
/** Readings of an hour have minutes, readings of a day quarters of an hour. */
const keepMs: Readonly<Record<StretchKind, number>> = { minute: 70 * minuteMs, quarter: 25 * 60 * minuteMs }
/** 60 minutes of 64 processes, and a little more. */
const mostStretches = 4_096
/** Texts of one command: a few hundred KB. */
const perCommand = 32
/** Before each text; another one is of another version. */
const format = 'a'

/** Totals of all processes in Redis: the minutes of the last hour, and the quarters of the last day. */
export class RedisTotals implements TotalsStore {
  readonly #run: Run
  readonly #unreadable: Unreadable

  constructor(run: Run, unreadable: Unreadable) {
    this.#run = run
    this.#unreadable = unreadable
  }

  async put({ instance, run, kind, start, isOver, agoMs, lines }: SharedStretch): Promise<void> {
    const name = `${run} ${start} ${instance}`
    const args = [kind, name, isOver ? '1' : '0', String(Math.round(agoMs)), await packed(lines), String(keepMs[kind])]
    await this.#run(putStretchScript, args)
  }

  async *since(
    kind: StretchKind,
    agoMs: number,
    isWanted: (head: StretchHead) => boolean,
  ): AsyncGenerator<SharedStretch, void, void> {
    const rows = (await this.#run(stretchesScript, [kind, String(agoMs), String(mostStretches)])) as string[]
    const wanted: (StretchHead & { readonly member: string })[] = []
    for (let at = 0; at < rows.length; at += 2) {
      const head = headOf(kind, rows[at] as string, Number(rows[at + 1]))
      if (head === undefined) this.#unreadable.note(rows[at] as string)
      else if (isWanted(head)) wanted.push(head)
    }
    for (let at = 0; at < wanted.length; at += perCommand) {
      const heads = wanted.slice(at, at + perCommand)
      const texts = (await this.#run(textsScript, [kind, ...heads.map(({ member }) => member)])) as string[]
      for (const [place, { member, ...head }] of heads.entries()) {
        const text = texts[place]
        // It was replaced or removed meanwhile.
        if (text === undefined || text === '') continue
        const lines = await unpacked(text).catch(() => undefined)
        if (lines === undefined) this.#unreadable.note(member)
        else yield { ...head, lines }
      }
    }
  }
}

function headOf(kind: StretchKind, member: string, agoMs: number): (StretchHead & { member: string }) | undefined {
  const [, over, run, start, instance] = /^([01]) (\S{1,64}) (-?[\d.]{1,20}) (\S{1,300})$/.exec(member) ?? []
  if (run === undefined || instance === undefined || Number.isNaN(agoMs)) return undefined
  return { member, instance, run, kind, start: Number(start), isOver: over === '1', agoMs }
}

// JSON of totals shrinks to a tenth. Both run on other threads.
async function packed(lines: readonly string[]): Promise<string> {
  const zlib = process.getBuiltinModule('node:zlib')
  const bytes = await promisify(zlib.deflateRaw)(JSON.stringify(lines))
  return `${format}${bytes.toString('base64')}`
}

const maxUnpackedBytes = 2 ** 20

async function unpacked(text: string): Promise<string[]> {
  if (!text.startsWith(format)) throw new TypeError('totals of another version')
  const zlib = process.getBuiltinModule('node:zlib')
  const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(zlib.inflateRaw)
  const bytes = await inflate(Buffer.from(text.slice(format.length), 'base64'), { maxOutputLength: maxUnpackedBytes })
  const lines: unknown = JSON.parse(bytes.toString('utf8'))
  if (!Array.isArray(lines) || !lines.every((line) => typeof line === 'string')) throw new TypeError('not totals')
  return lines
}
