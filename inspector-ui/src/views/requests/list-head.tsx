import type { VNode } from 'preact'
import type { RowLook } from './row.js'

/** The widths of the columns. */
export function Columns({ hasAccount, hasProcess }: RowLook): VNode {
  return (
    <colgroup>
      <col class="c-at" />
      <col class="c-status" />
      <col />
      {hasAccount && <col class="c-account" />}
      <col class="c-time" />
      <col class="c-ms" />
      <col class="c-ms" />
      <col class="c-queries hide-m" />
      <col class="c-calls hide-m" />
      <col class="c-lines" />
      {hasProcess && <col class="c-process hide-m" />}
      <col class="c-id hide-m" />
    </colgroup>
  )
}

/** The head of the list. It stays in sight. */
export function Head({ look }: { readonly look: RowLook }): VNode {
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th aria-sort="descending">Arrived</th>
        <th>Status</th>
        <th>Request</th>
        {look.hasAccount && <th>Account</th>}
        <th class="time">
          <span class="sr">Where the time went, up to {scaleEnd(look.maxMs)}</span>
          <Scale look={look} />
        </th>
        <th class="num">Duration</th>
        <th class="num">Own CPU</th>
        <th class="num hide-m">Queries</th>
        <th class="num hide-m">Calls</th>
        <th class="num">Log lines</th>
        {look.hasProcess && <th class="hide-m">Process</th>}
        <th class="hide-m">Id</th>
      </tr>
    </thead>
  )
}

function scaleEnd(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`
}

function Scale({ look: { barWidth, grid, maxMs } }: { readonly look: RowLook }): VNode {
  const shown = barWidth < 300 ? grid.filter((_, at) => at % 2 === 0) : grid
  const inner = barWidth - 14
  return (
    <svg width={barWidth} height="15" aria-hidden="true">
      {shown.map((ms) => (
        <text
          key={ms}
          class="t3"
          x={(ms / maxMs) * inner}
          y="13"
          text-anchor={ms === 0 ? 'start' : ms === maxMs ? 'end' : 'middle'}
        >
          {ms === 0 ? '0 ms' : ms === maxMs ? scaleEnd(ms) : ms}
        </text>
      ))}
    </svg>
  )
}
