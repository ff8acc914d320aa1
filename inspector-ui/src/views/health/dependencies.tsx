import type { VNode } from 'preact'
import { readJson } from '../../api/client.js'
import { useResource } from '../../api/resource.js'
import { duration, grouped } from '../../format/numbers.js'
import { minutes } from '../../format/times.js'
import { reasonOf } from '../../parts/failure.js'
import { Text, Unknown, Value } from '../../parts/shown.js'
import type { Dependencies as Answer, DependencyUse, SlowQuery } from '../../protocol.js'
import { Sign } from './health-answer.js'

const everyMs = 15_000
const notKnown = 'memory has the duration of none of them: their requests were not measured'

/** Queries by system, slow queries, and calls by host. */
export function Dependencies(): VNode {
  const read = (signal: AbortSignal): Promise<Answer> => readJson<Answer>('api/dependencies', undefined, signal)
  const { data, error } = useResource('dependencies', read, everyMs)
  if (data === undefined)
    return <p class="dim none">{error !== undefined && `Queries and calls could not be read. ${reasonOf(error)}`}</p>
  const since = `since ${minutes(Date.parse(data.from))}`
  return (
    <div class="two">
      <Uses name="Queries" note={`${since}, by system`} of="System" uses={data.systems} none="No query was seen." />
      <SlowQueries queries={data.slowQueries} />
      <Uses name="Outgoing calls" note={`${since}, by host`} of="Host" uses={data.hosts} none="No call was seen." />
    </div>
  )
}

interface UsesProps {
  readonly name: string
  readonly note: string
  readonly of: string
  readonly uses: readonly DependencyUse[]
  readonly none: string
}

function Uses({ name, note, of, uses, none }: UsesProps): VNode {
  return (
    <Table name={name} note={note} none={uses.length === 0 ? none : undefined} columns={[of, ...useColumns]}>
      {uses.map(({ name, calls, ms, p95Ms, slowestMs, failed }) => (
        <tr key={name}>
          <td>
            <Text of={name} max={40} />
          </td>
          <td class="num">{grouped(calls)}</td>
          {[ms, p95Ms, slowestMs].map((one, at) => (
            <td class="num" key={at}>
              {one === undefined ? <Unknown why={notKnown} /> : <Value of={duration(one)} />}
            </td>
          ))}
          <td class="num">
            {failed === undefined ? (
              <Unknown why={notKnown} />
            ) : failed === 0 ? (
              <span class="dim">0</span>
            ) : (
              <span class="error-ink">
                <Sign of="failure" /> {grouped(failed)}
              </span>
            )}
          </td>
        </tr>
      ))}
    </Table>
  )
}

const useColumns = ['Times', 'In all', '95 % within', 'Slowest', 'Failed']

function SlowQueries({ queries }: { readonly queries: readonly SlowQuery[] }): VNode {
  const none = queries.length === 0 ? 'No query that memory knows took 100 ms.' : undefined
  return (
    <Table name="Slow queries" note="100 ms and more" none={none} columns={['Query', 'Times', 'Slowest', 'Most from']}>
      {queries.map(({ system, summary, slow, slowestMs, mostFrom: { account, method, route, name } }, at) => (
        <tr key={at}>
          <td>
            <Text of={summary ?? system} max={40} />
          </td>
          <td class="num">{grouped(slow)}</td>
          <td class="num">
            <Value of={duration(slowestMs)} />
          </td>
          <td class="mid">
            <Text
              of={[account, [method, route ?? name].filter(Boolean).join(' ')].filter(Boolean).join(', ')}
              max={60}
            />
          </td>
        </tr>
      ))}
    </Table>
  )
}

interface TableProps {
  readonly name: string
  readonly note: string
  /** Names; the first and, of four, the last hold text. */
  readonly columns: readonly string[]
  /** Stands in place of an empty table. */
  readonly none: string | undefined
  readonly children: VNode[]
}

function Table({ name, note, columns, none, children }: TableProps): VNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on small screens, also by keyboard
    <section tabIndex={0} aria-label={name}>
      <div class="head">
        <h2 class="h">{name}</h2>
        <span class="dim">{note}</span>
      </div>
      {none !== undefined ? (
        <p class="dim none">{none}</p>
      ) : (
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col" class={/Times|all|within|Slow|Fail/.test(column) ? 'num' : undefined}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      )}
    </section>
  )
}
