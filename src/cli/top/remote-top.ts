import { dim } from '../../logging/formatters/pretty/colours.js'
import { duration } from '../../safe-values/duration.js'
import { escapeText } from '../../safe-values/escape.js'
import { type Arguments, textOf, UsageError } from '../command.js'
import type { Output } from '../output.js'
import { remoteTotals } from '../remote.js'

interface Answer {
  readonly summary?: string
  readonly items: readonly {
    readonly account?: string
    readonly route?: string
    readonly method?: string
    readonly requests: number
    readonly errors: number
    readonly cpuMs?: number
    readonly queryMs?: number
  }[]
}

/** The answer of a running service: it estimates the CPU of all requests, measured or not. */
export async function remoteTop(
  given: Arguments,
  { by, limit }: { readonly by: 'account' | 'route'; readonly limit: number },
  output: Output,
): Promise<number> {
  const sort = textOf(given, 'sort') ?? 'cpu'
  const answer = (await remoteTotals(given, by, { span: textOf(given, 'last') ?? '1h', by: sort })) as
    | Answer
    | undefined
  if (answer === undefined)
    throw new UsageError('spoor top: this service has no totals; spoor top --dir counts them from log files')
  const items = answer.items.slice(0, limit)
  if (given.options['json'] === true) for (const item of items) output.print(JSON.stringify(item))
  else {
    if (answer.summary !== undefined) output.print(escapeText(answer.summary), '')
    output.print(
      output.paint(
        dim,
        `${by.toUpperCase().padEnd(40)} ${'CPU'.padStart(10)} ${'REQUESTS'.padStart(9)} ${'ERRORS'.padStart(7)} ${'QUERIES'.padStart(9)}`,
      ),
    )
    for (const { account, route, method, requests, errors, cpuMs, queryMs } of items) {
      const name = escapeText(by === 'account' ? (account ?? '') : [method, route].filter(Boolean).join(' '))
      const cpu = cpuMs === undefined ? '-' : duration(cpuMs)
      output.print(
        `${name.slice(0, 40).padEnd(40)} ${cpu.padStart(10)} ${String(requests).padStart(9)} ${String(errors).padStart(7)} ${duration(queryMs ?? 0).padStart(9)}`,
      )
    }
  }
  return items.length === 0 ? 1 : 0
}
