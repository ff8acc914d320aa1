import type { VNode } from 'preact'
import type { RequestPoint } from '../../protocol.js'

const swatches = [
  ['cpu', 'cpu', 'own CPU'],
  ['outgoing', 'call', 'outgoing call'],
  ['queries', 'query', 'query'],
  ['pool', 'query pale', 'waiting for a connection'],
  ['held', 'held', 'held up'],
  ['other', 'wait', 'other wait'],
  ['unmeasured', 'unk', 'not measured'],
] as const

/** The shapes of the chart, and the colours of the bars: those that are there. */
export function Legend({ points }: { readonly points: readonly RequestPoint[] }): VNode | null {
  const shown = new Set<string>()
  for (const { dominant, failed } of points) {
    shown.add(dominant)
    if (failed) shown.add('failed')
  }
  return (
    <div class="legend" aria-hidden="true">
      {swatches.map(
        ([kind, name, words]) =>
          shown.has(kind) && (
            <span key={kind}>
              <i class={`sw ${name}`} />
              {words}
            </span>
          ),
      )}
      {shown.has('failed') && (
        <span>
          <i class="sw failed" />
          failed
        </span>
      )}
    </div>
  )
}
