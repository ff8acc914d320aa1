import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { session } from '../../api/session.js'
import { grouped } from '../../format/numbers.js'
import { Failure } from '../../parts/failure.js'
import { Text } from '../../parts/shown.js'
import type { CpuAccounting, UsageItem } from '../../protocol.js'
import { useKeys } from '../../state/keys.js'
import { go, linkTo, route, setQuery } from '../../state/route.js'
import { AccountTable } from './account-table.js'
import { sparksOf } from './chart-data.js'
import { chooseAccount } from './choose.js'
import { accountColumns, type Column, routeColumns, type Told } from './columns.js'
import type { Measure } from './measures.js'
import { accountName } from './names.js'
import { whyUnknown } from './nothing.js'
import { RouteTable, routeKey } from './route-table.js'
import { SharedRows } from './shared-rows.js'
import { type Cell, nextOrder, type Order, pressed, readOrder, sortRows, writeOrder } from './sort.js'
import { useCalmOrder } from './use-calm-order.js'
import type { Lifted } from './use-lifted.js'
import type { Answered, Kept } from './use-usage.js'
import { useWindowedRows } from './use-windowed-rows.js'

/** So many rows are there at first: a thousand are drawn only if the reader asks for them. */
const maxRows = 100

interface Props {
  readonly accounts: Answered
  readonly routes: Kept<Answered>
  readonly accounting: Kept<CpuAccounting | undefined> | undefined
  readonly lifted: Lifted
  /** The account that the routes are of. */
  readonly account: string | undefined
}

/** The accounts and the routes, in figures. */
export function CostTables({ accounts, routes, accounting, lifted, account }: Props): VNode {
  const isAll = session.value?.read === 'all'
  const { measure } = accounts
  const mode = session.value?.mode ?? 'header'
  const told = useMemo<Told>(() => ({ whyUnknown: whyUnknown(mode), seesHeld: isAll }), [mode, isAll])
  return (
    <div class="cols">
      <Accounts {...{ accounts, accounting, lifted, account, told }} />
      <section aria-label="Routes">
        <div class="head">
          <h2 class="h">Routes</h2>
          <span class="dim">
            {account === undefined ? (
              isAll && 'all accounts'
            ) : (
              <>
                of <Text of={accountName(account)} max={30} />
              </>
            )}
          </span>
          <span class="grow" />
          {account !== undefined && (
            <a class="its" href={linkTo('requests')}>
              its requests
            </a>
          )}
        </div>
        <Routes routes={routes} measure={measure} told={told} />
      </section>
    </div>
  )
}

function Accounts({
  accounts,
  accounting,
  lifted,
  account,
  told,
}: Omit<Props, 'routes'> & { readonly told: Told }): VNode {
  const [showsAll, showAll] = useState(false)
  const { measure, answer } = accounts
  const columns = useMemo(() => accountColumns(measure, told), [measure, told])
  const names = ['measure', ...columns.map(({ key }) => key), 'name']
  const order = readOrder(route.value.query.get('sort'), names, 'measure')
  const sort = (next: Order): void => setQuery({ sort: writeOrder(next, 'measure') })
  const { rows, watch } = useCalmOrder(
    sorted(answer.items, measure, columns, order, (item) => item.account ?? ''),
    (item) => item.account ?? '',
    `${measure.by} ${order.column} ${order.isUp} ${accounts.span} ${accounts.process}`,
  )
  const items = showsAll ? rows : rows.slice(0, maxRows)
  const sparks = useMemo(() => sparksOf(accounts), [accounts])
  const window = useWindowedRows(items.length)
  useAccountKeys(items, lifted, account, window.scrollTo, () => sort(nextOrder(order, names)))
  const max = items.reduce((most, item) => Math.max(most, measure.value(item) ?? 0), 0)
  return (
    <section aria-label="Accounts" {...watch}>
      <div class="head">
        <h2 class="h">{told.seesHeld ? 'Accounts' : 'Account'}</h2>
        <span class="dim">{told.seesHeld && countOf(items, answer.items)}</span>
      </div>
      <AccountTable
        {...{ items, measure, told, order, sparks, columns, window }}
        onSort={(column) => sort(pressed(order, column))}
        chosen={account}
        lifted={lifted.account}
        onChoose={told.seesHeld ? chooseAccount : openRequests}
        onLift={lifted.lift}
        isWhole={items.length === rows.length}
        onShowAll={() => showAll(true)}
        count={rows.length}
        foot={
          measure.by === 'cpu' && told.seesHeld ? (
            <SharedRows
              accounting={accounting}
              measure={measure}
              max={max}
              columns={columns.length + 1}
              whyUnknown={told.whyUnknown}
            />
          ) : null
        }
      />
      <p class="foot">
        <span>
          <kbd>j</kbd>
          <kbd>k</kbd>move
        </span>
        {told.seesHeld && (
          <span>
            <kbd>↵</kbd>its routes, then its requests
          </span>
        )}
        <span>
          <kbd>r</kbd>its requests
        </span>
        <span>
          <kbd>s</kbd>sort by the next column
        </span>
        <span>
          <kbd>?</kbd>all keys
        </span>
      </p>
    </section>
  )
}

/** `6 of 6`; `100 of 1 000, the heaviest` if others have no row of their own. */
function countOf(shown: readonly UsageItem[], items: readonly UsageItem[]): string {
  const own = (all: readonly UsageItem[]): number => all.filter(({ account }) => account !== '(other)').length
  const isPart = own(items) < items.length
  return `${grouped(own(shown))} of ${grouped(own(items))}${isPart ? ', the heaviest' : ''}`
}

function openRequests(account: string): void {
  go(linkTo('requests', session.value?.read === 'all' ? { account } : {}))
}

/** `j` `k` move over the accounts, Enter chooses one, and then opens its requests. */
function useAccountKeys(
  items: readonly UsageItem[],
  lifted: Lifted,
  chosen: string | undefined,
  scrollTo: (index: number) => void,
  sort: () => void,
): void {
  const move = (by: number): void => {
    const at = items.findIndex(({ account }) => account === lifted.account)
    const next = items[Math.min(items.length - 1, Math.max(0, at === -1 && by < 0 ? 0 : at + by))]
    if (next?.account === undefined) return
    lifted.lift(next.account)
    scrollTo(items.indexOf(next))
  }
  const open = (): void => {
    if (lifted.account !== undefined && lifted.account !== '(other)') openRequests(lifted.account)
  }
  const enter = (): void => {
    const { account } = lifted
    if (account === undefined || account === '(other)') return
    if (account === chosen || session.value?.read !== 'all') open()
    else chooseAccount(account)
  }
  useKeys([
    { keys: 'j', does: 'the next account', run: () => move(1) },
    { keys: 'k', does: 'the account before', run: () => move(-1) },
    { keys: 'Enter', does: 'its routes, then its requests', run: enter },
    { keys: 'r', does: 'its requests', run: open },
    { keys: 's', does: 'sort by the next column', run: sort },
    { keys: 'p', does: 'process', run: () => document.querySelector<HTMLElement>('[data-menu="process"]')?.click() },
    { keys: 'Escape', does: 'all accounts', run: () => setQuery({ account: undefined }) },
  ])
}

function Routes({ routes, measure, told }: { routes: Kept<Answered>; measure: Measure; told: Told }): VNode | null {
  const [order, setOrder] = useState<Order>({ column: 'measure', isUp: false })
  const { shown, error, reload } = routes
  const columns = routeColumns(measure, told)
  const items = shown?.answer.items ?? []
  const { rows, watch } = useCalmOrder(
    sorted(items, measure, columns, order, routeKey),
    routeKey,
    `${measure.by} ${order.column} ${order.isUp} ${shown?.account} ${shown?.span}`,
  )
  const [showsAll, showAll] = useState(false)
  if (shown === undefined) return error === undefined ? null : <Failure what="Routes" error={error} retry={reload} />
  if (rows.length === 0) return <p class="dim">No request of this account has ended in this time.</p>
  const cut = showsAll ? rows : rows.slice(0, maxRows)
  return (
    <div {...watch}>
      <RouteTable items={cut} {...{ measure, told, order }} onSort={(column) => setOrder(pressed(order, column))} />
      {cut.length < rows.length && (
        <p class="more">
          <button type="button" class="btn" onClick={() => showAll(true)}>
            Show all {rows.length} routes
          </button>
        </p>
      )}
    </div>
  )
}

function sorted(
  items: readonly UsageItem[],
  measure: Measure,
  columns: readonly Column[],
  { column, isUp }: Order,
  nameOf: (item: UsageItem) => string,
): UsageItem[] {
  const value = (item: UsageItem): Cell => {
    if (column === 'measure') return measure.value(item)
    return column === 'name' ? nameOf(item) : columns.find(({ key }) => key === column)?.value(item)
  }
  return sortRows(items, value, column === 'name' ? !isUp : isUp, (item) => (item.account ?? item.route) === '(other)')
}
