import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { grouped } from '../../format/numbers.js'
import { Text } from '../../parts/shown.js'
import type { ListWindow } from '../../parts/use-window.js'
import type { UsageItem } from '../../protocol.js'
import { type Column, measureShown, type Told } from './columns.js'
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
  readonly columns: readonly Column[]
  readonly window: ListWindow<HTMLTableSectionElement>
}

/** The accounts, the heaviest first. Pressing a row shows this account's routes. */
export function AccountTable(props: Props): VNode {
  const { items, measure, columns, order, onSort, onLift, foot, window } = props
  const max = items.reduce((most, item) => Math.max(most, measure.value(item) ?? 0), 0)
  const shown = useMemo(() => measureShown(measure, max), [measure, max])
  const heads = { order, onSort }
  const heaviest = heaviestOf(items, measure)
  return (
    <>
      <table class={window.isWhole ? 'accounts' : 'accounts windowed'} onPointerLeave={() => onLift(undefined)}>
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
        <tbody ref={window.list}>
          <Room height={window.above} />
          {itemsOf(items, window.rows).map((item) => (
            <Row
              key={item.account}
              item={item}
              {...props}
              max={max}
              shown={shown}
              isHeaviest={item === heaviest}
              isLifted={item.account === props.lifted}
            />
          ))}
          <Room height={window.below} />
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

function itemsOf(items: readonly UsageItem[], rows: ListWindow<HTMLTableSectionElement>['rows']): readonly UsageItem[] {
  return items.slice(rows[0]?.index ?? 0, (rows.at(-1)?.index ?? -1) + 1)
}

function heaviestOf(items: readonly UsageItem[], measure: Measure): UsageItem | undefined {
  let best: UsageItem | undefined
  for (const item of items) {
    if (!isShared(item.account) && (measure.value(item) ?? 0) > ((best && measure.value(best)) ?? 0)) best = item
  }
  return best
}

/** The room of rows that are not drawn. */
function Room({ height }: { readonly height: number }): VNode | null {
  if (height <= 0) return null
  return (
    <tr class="room">
      <td colSpan={99}>
        <svg width={1} height={Math.round(height)} aria-hidden="true" />
      </td>
    </tr>
  )
}

interface RowProps extends Props {
  readonly item: UsageItem
  readonly max: number
  readonly shown: ReturnType<typeof measureShown>
  readonly isHeaviest: boolean
  readonly isLifted: boolean
}

function Row(props: RowProps): VNode {
  const { item, measure, chosen, columns, max, shown, isHeaviest, isLifted, sparks } = props
  const isChosen = item.account === chosen
  // Pointing at a row draws two rows again, not a hundred.
  return useMemo(
    () => <DrawnRow {...props} isChosen={isChosen} />,
    [item, measure, isChosen, columns, max, shown, isHeaviest, isLifted, sparks],
  )
}

function DrawnRow(props: RowProps & { readonly isChosen: boolean }): VNode {
  const { sparks, item, measure, told, isChosen, isLifted, onChoose, onLift, columns, max, shown, isHeaviest } = props
  const account = item.account ?? ''
  const canChoose = account !== '(other)'
  const choose = (): void => {
    // Selecting text is not choosing.
    if (canChoose && getSelection()?.isCollapsed !== false) onChoose(account)
  }
  const name = `${isLifted ? 'lifted' : ''}${canChoose ? ' open' : ''}`.trim()
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
        <Spark values={sparks.get(account)} isHeaviest={isHeaviest} />
      </td>
      {columns.map(({ key, isOptional, cell }) => (
        <td key={key} class={isOptional ? 'num opt' : 'num'}>
          {cell(item)}
        </td>
      ))}
    </tr>
  )
}
