import type { VNode } from 'preact'
import { grouped } from '../../format/numbers.js'
import { Text } from '../../parts/shown.js'
import type { UsageItem } from '../../protocol.js'
import { accountColumns, measureShown, type Told } from './columns.js'
import { MeasureCell, SortHead, Spark } from './cost-table.js'
import type { Measure } from './measures.js'
import { accountName, isShared } from './names.js'
import type { Order } from './sort.js'

interface Props {
  /** In the order in which they are shown. */
  readonly items: readonly UsageItem[]
  readonly measure: Measure
  readonly told: Told
  readonly order: Order
  readonly onSort: (column: string) => void
  /** The account that filters the routes. */
  readonly chosen: string | undefined
  /** The account under the pointer, or that the keyboard stands on. */
  readonly lifted: string | undefined
  readonly onChoose: (account: string) => void
  readonly onLift: (account: string | undefined) => void
  readonly foot: VNode | null
  /** True if `items` are all that the service told. */
  readonly isWhole: boolean
  readonly onShowAll: () => void
  readonly count: number
  /** The figures by minute, as the chart has them, by account. */
  readonly sparks: ReadonlyMap<string, readonly number[]>
}

/** The accounts, the heaviest first. Pressing a row shows this account's routes. */
export function AccountTable(props: Props): VNode {
  const { items, measure, told, order, onSort, onLift, foot } = props
  const columns = accountColumns(measure, told)
  const max = items.reduce((most, item) => Math.max(most, measure.value(item) ?? 0), 0)
  const shown = measureShown(measure, max)
  const heads = { order, onSort }
  const heaviest = heaviestOf(items, measure)
  return (
    <>
      <table class="accounts" onPointerLeave={() => onLift(undefined)}>
        <thead>
          <tr>
            <SortHead of="name" class="c-name" {...heads}>
              Account
            </SortHead>
            <SortHead of="measure" class="c-measure" {...heads}>
              <Text of={measure.column} max={18} />
            </SortHead>
            <th scope="col" class="opt">
              By minute
            </th>
            {columns.map(({ key, head, isOptional }) => (
              <SortHead key={key} of={key} class={isOptional ? 'num opt' : 'num'} {...heads}>
                {head}
              </SortHead>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <Row
              key={item.account}
              item={item}
              {...props}
              columns={columns}
              max={max}
              shown={shown}
              heaviest={heaviest}
            />
          ))}
        </tbody>
        {foot}
      </table>
      {!props.isWhole && (
        <p class="more">
          <button type="button" class="btn" onClick={props.onShowAll}>
            Show all {grouped(props.count)} accounts
          </button>
        </p>
      )}
    </>
  )
}

function heaviestOf(items: readonly UsageItem[], measure: Measure): UsageItem | undefined {
  let best: UsageItem | undefined
  for (const item of items) {
    if (!isShared(item.account) && (measure.value(item) ?? 0) > ((best && measure.value(best)) ?? 0)) best = item
  }
  return best
}

interface RowProps extends Props {
  readonly item: UsageItem
  readonly columns: ReturnType<typeof accountColumns>
  readonly max: number
  readonly shown: ReturnType<typeof measureShown>
  readonly heaviest: UsageItem | undefined
}

function Row({
  sparks,
  item,
  measure,
  told,
  chosen,
  lifted,
  onChoose,
  onLift,
  columns,
  max,
  shown,
  heaviest,
}: RowProps): VNode {
  const account = item.account ?? ''
  const isChosen = account === chosen
  const canChoose = account !== '(other)'
  const choose = (): void => {
    // Who selects text does not choose.
    if (canChoose && getSelection()?.isCollapsed !== false) onChoose(account)
  }
  const name = [lifted === account ? 'lifted' : '', canChoose ? 'open' : ''].join(' ').trim()
  return (
    <tr class={name || undefined} aria-selected={isChosen} onPointerEnter={() => onLift(account)} onClick={choose}>
      <td class="c-name">
        {canChoose ? (
          <button
            type="button"
            class={isShared(account) ? 'pick unnamed' : 'pick'}
            aria-pressed={isChosen}
            onFocus={() => onLift(account)}
            onClick={(event) => {
              event.stopPropagation()
              onChoose(account)
            }}
          >
            <Text of={accountName(account)} max={40} />
          </button>
        ) : (
          <span class="mid">{accountName(account)}</span>
        )}
      </td>
      <td class="c-measure">
        <MeasureCell item={item} measure={measure} max={max} shown={shown} whyUnknown={told.whyUnknown} />
      </td>
      <td class="opt">
        <Spark values={sparks.get(account)} isHeaviest={item === heaviest} />
      </td>
      {columns.map(({ key, isOptional, cell }) => (
        <td key={key} class={isOptional ? 'num opt' : 'num'}>
          {cell(item)}
        </td>
      ))}
    </tr>
  )
}
