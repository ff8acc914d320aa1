import type { VNode } from 'preact'
import { Unknown } from '../../parts/shown.js'
import type { CpuAccounting } from '../../protocol.js'
import { Estimated, measureShown } from './columns.js'
import { ShareBar } from './cost-table.js'
import type { Measure } from './measures.js'
import type { Kept } from './use-usage.js'

interface Props {
  /** Undefined if another process is asked, which has its own. */
  readonly accounting: Kept<CpuAccounting | undefined> | undefined
  readonly measure: Measure
  /** The largest figure of the table. */
  readonly max: number
  readonly columns: number
  readonly whyUnknown: string
}

/** The CPU of no account: always rows of the table, so that it cannot be overlooked. */
export function SharedRows({ accounting, measure, max, columns, whyUnknown }: Props): VNode {
  const shown = measureShown(measure, max)
  const of = accounting?.shown
  const isReading = accounting !== undefined && of === undefined && accounting.error === undefined
  const cell = (ms: number | undefined): VNode | null => {
    if (isReading) return null
    if (ms === undefined) return <Unknown why={whyUnknown} />
    return (
      <span class="share">
        <span class="v">
          <Estimated item={{ exact: of?.exact !== false, windows: of?.windows }} of={shown(ms)} />
        </span>
        <ShareBar part={max > 0 ? ms / max : 0} fill="f-ink3" />
      </span>
    )
  }
  return (
    <tfoot>
      <tr>
        <td class="c-name">
          <i class="sw un" aria-hidden="true" />
          unattributed
        </td>
        <td class="c-measure">{cell(of?.unattributedMs)}</td>
        <td colSpan={columns} class="dim opt">
          event loop, accepting connections, garbage collection between requests
        </td>
      </tr>
      <tr>
        <td class="c-name">
          <i class="sw wait" aria-hidden="true" />
          overhead
        </td>
        <td class="c-measure">{cell(of?.overheadMs)}</td>
        <td colSpan={columns} class="dim opt">
          Spoor’s own cost: slices, records, this page
        </td>
      </tr>
    </tfoot>
  )
}
