import type { VNode } from 'preact'
import { session } from '../../api/session.js'
import { seconds } from '../../format/times.js'
import { Answer } from '../../parts/answer.js'
import { Failure, reasonOf } from '../../parts/failure.js'
import { Loading } from '../../parts/loading.js'
import { route } from '../../state/route.js'
import { Controls, spanOf } from './controls.js'
import { CostChart } from './cost-chart.js'
import { CostTables } from './cost-tables.js'
import { countersOf, type Measure, measureOf } from './measures.js'
import { Nothing, otherProcess } from './nothing.js'
import { useLifted } from './use-lifted.js'
import { type Answered, type Asked, useAccounting, useAccounts, useRoutes } from './use-usage.js'

/** The view Cost: who used most, minute by minute and in all, and on which routes. */
export function CostView(): VNode {
  const asked = useAsked()
  const accounts = useAccounts(asked)
  const routes = useRoutes(asked)
  const accounting = useAccounting(asked.span)
  const lifted = useLifted(asked.account)
  const { shown, error, at } = accounts
  if (shown === undefined && error === undefined) return <Loading />
  const measure = shown?.measure ?? asked.measure
  const isOther = otherProcess(asked.process ?? null) !== undefined
  return (
    <div class={`cost ${measure.hue}`}>
      {shown === undefined ? <h1 class="sr">Cost</h1> : <Answer pieces={shown.answer.pieces} />}
      <Controls measure={asked.measure} span={asked.span} counters={countersOf(shown?.answer.items ?? [])} />
      {error !== undefined && (shown === undefined || at === undefined) && (
        <Failure what="Cost" error={error} retry={accounts.reload} />
      )}
      {error !== undefined && shown !== undefined && at !== undefined && (
        <p class="warn-ink" role="status">
          ▲ As of {seconds(at)}. {reasonOf(error)}
        </p>
      )}
      {shown !== undefined && (
        <>
          {isEmpty(shown, measure) ? (
            <Nothing {...known(shown, asked, measure)} />
          ) : (
            <CostChart shown={shown} accounting={isOther ? undefined : accounting} lifted={lifted} />
          )}
          {shown.answer.items.length > 0 && (
            <CostTables
              accounts={shown}
              routes={routes}
              accounting={isOther ? undefined : accounting}
              lifted={lifted}
              account={asked.account}
            />
          )}
        </>
      )}
    </div>
  )
}

function useAsked(): Asked {
  const { query } = route.value
  const own = session.value?.read === 'account'
  return {
    measure: measureOf(query.get('by')),
    span: spanOf(query.get('span')),
    // Readers of one account have one anyway.
    account: own ? undefined : (query.get('account') ?? undefined),
    process: query.get('process') ?? undefined,
  }
}

function isEmpty({ answer }: Answered, measure: Measure): boolean {
  return answer.items.every((item) => !((measure.value(item) ?? 0) > 0))
}

function known({ answer }: Answered, { process }: Asked, measure: Measure): Parameters<typeof Nothing>[0] {
  return {
    answer,
    measure,
    mode: session.value?.mode ?? 'header',
    otherProcess: otherProcess(process ?? null),
    source: session.value?.source ?? 'service',
  }
}
