import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { session } from '../../api/session.js'
import type { CpuAccounting } from '../../protocol.js'
import { AccountingLine } from './accounting-line.js'
import { AreaChart } from './area-chart.js'
import { chartOf } from './chart-data.js'
import { ChartTable } from './chart-table.js'
import { chooseAccount } from './choose.js'
import type { Lifted } from './use-lifted.js'
import type { Answered, Kept } from './use-usage.js'
import { WhereLine } from './where-line.js'

interface Props {
  readonly shown: Answered
  /** Undefined if another process is asked, which has its own. */
  readonly accounting: Kept<CpuAccounting | undefined> | undefined
  readonly lifted: Lifted
}

/** The chart of the measure, and below it the sum that it belongs to. */
export function CostChart({ shown, accounting, lifted }: Props): VNode {
  const { answer, measure, now, span, process } = shown
  const data = useMemo(() => chartOf(answer, measure, now), [shown])
  const isAll = session.value?.read === 'all'
  const since = Date.parse(accounting?.shown?.since ?? '')
  return (
    <>
      <AreaChart
        data={data}
        measure={measure}
        question={`${measure.by} ${span} ${process}`}
        label={answer.summary}
        lifted={lifted.account}
        onLift={lifted.lift}
        onChoose={isAll ? chooseAccount : () => {}}
        knownFrom={Number.isFinite(since) ? since : undefined}
      />
      <ChartTable data={data} measure={measure} />
      {measure.by === 'cpu' && isAll && accounting !== undefined && <Accounting of={accounting} />}
      {(measure.by === 'queries' || measure.by === 'pool') && <WhereLine items={answer.items} />}
    </>
  )
}

/** The line has its room before it is read, so that the tables do not jump. */
function Accounting({ of: { shown, error } }: { readonly of: Kept<CpuAccounting | undefined> }): VNode | null {
  if (shown !== undefined) return <AccountingLine of={shown} />
  return error === undefined ? <div class="books waiting" /> : null
}
