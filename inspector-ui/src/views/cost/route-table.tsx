import type { VNode } from 'preact'
import { Text } from '../../parts/shown.js'
import type { UsageItem } from '../../protocol.js'
import { linkTo } from '../../state/route.js'
import { measureShown, routeColumns, type Told } from './columns.js'
import { MeasureCell, SortHead } from './cost-table.js'
import type { Measure } from './measures.js'
import type { Order } from './sort.js'

interface Props {
  readonly items: readonly UsageItem[]
  readonly measure: Measure
  readonly told: Told
  readonly order: Order
  readonly onSort: (column: string) => void
}

/** The key of a route's row. */
export function routeKey({ method = '', route = '' }: UsageItem): string {
  return `${method} ${route}`
}

/** The routes of all accounts, or of one. A route leads to its requests. */
export function RouteTable({ items, measure, told, order, onSort }: Props): VNode {
  const columns = routeColumns(measure, told)
  const max = items.reduce((most, item) => Math.max(most, measure.value(item) ?? 0), 0)
  const shown = measureShown(measure, max)
  const heads = { order, onSort }
  return (
    <table class="routes">
      <thead>
        <tr>
          <SortHead of="name" {...heads}>
            Route
          </SortHead>
          <SortHead of="measure" class="c-measure" {...heads}>
            <Text of={measure.column} max={14} />
          </SortHead>
          {columns.map(({ key, head }, at) => (
            <SortHead key={key} of={key} class={at > 0 ? 'num opt' : 'num'} {...heads}>
              {head}
            </SortHead>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={routeKey(item)}>
            <td>
              <RouteName item={item} />
            </td>
            <td class="c-measure">
              <MeasureCell item={item} measure={measure} max={max} shown={shown} whyUnknown={told.whyUnknown} />
            </td>
            {columns.map(({ key, cell }, at) => (
              <td key={key} class={at > 0 ? 'num opt' : 'num'}>
                {cell(item)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function RouteName({ item: { method, route = '' } }: { readonly item: UsageItem }): VNode {
  if (route === '(other)') return <span class="mid">all other routes</span>
  if (route === '(no route)') return <span class="mid">no route matched</span>
  const [kind, name] = method === undefined ? partsOf(route) : [method, route]
  const words = (
    <>
      <span class="method">{kind}</span> <Text of={name} max={60} />
    </>
  )
  if (method === undefined) return kind === 'job' ? <a href={linkTo('requests', { kind: 'job' })}>{words}</a> : words
  return <a href={linkTo('requests', { route })}>{words}</a>
}

/** `job receipt`, `run nightly`. */
function partsOf(route: string): [string, string] {
  const at = route.indexOf(' ')
  return at === -1 ? ['', route] : [route.slice(0, at), route.slice(at + 1)]
}
