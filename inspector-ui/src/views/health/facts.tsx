import type { ComponentChildren, VNode } from 'preact'
import { serverNow } from '../../api/session.js'
import { duration, grouped, percent, plain, size } from '../../format/numbers.js'
import { counted } from '../../format/texts.js'
import { utc } from '../../format/times.js'
import { Text, Unknown, Value } from '../../parts/shown.js'
import type { CpuAccounting, Health } from '../../protocol.js'
import { finePercent } from '../cost/amounts.js'
import { ago } from './ago.js'
import { Sign } from './health-answer.js'

function Facts(props: { name: string; note?: string; children: ComponentChildren }): VNode {
  return (
    <section aria-label={props.name}>
      <div class="head">
        <h2 class="h">{props.name}</h2>
        <span class="dim">{props.note}</span>
      </div>
      <dl class="kv">{props.children}</dl>
    </section>
  )
}

function Fact({ name, title, children }: { name: string; title?: string; children: ComponentChildren }): VNode {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** A number of things that should not happen. */
function Bad({ count }: { readonly count: number }): VNode {
  if (count === 0) return <span class="dim">0</span>
  return (
    <span class="warn-ink">
      <Sign of="warning" /> {grouped(count)}
    </span>
  )
}

function Plain({ count }: { readonly count: number }): VNode {
  return count === 0 ? <span class="dim">0</span> : <span>{grouped(count)}</span>
}

/** The thread pool, the garbage collector and the event loop of the process. */
export function ThreadFacts({ health: { threadPool, gc, loop } }: { readonly health: Health }): VNode {
  return (
    <Facts name="Thread" note="while something was measured">
      <Fact name="Loop blocked" title="Stretches that the watchdog reported">
        {loop === undefined ? (
          <Unknown why="not watched: tracking.watchdog is off" />
        ) : loop.blocked === 0 ? (
          'never'
        ) : (
          <span class="warn-ink">
            <Sign of="warning" /> {counted(loop.blocked, 'time')}
          </span>
        )}
      </Fact>
      {loop !== undefined && loop.blocked > 0 && (
        <Fact name="Blocked for, at most" title="In the last ten minutes; in all since the start">
          <Value of={duration(loop.worstMs)} />, <Value of={duration(loop.totalMs)} /> in all
        </Fact>
      )}
      <Fact name="Garbage collection">
        {gc === undefined ? (
          <Unknown why="no pause was seen yet" />
        ) : (
          <>
            {counted(gc.pauses, 'pause')}, <Value of={duration(gc.totalMs)} />
          </>
        )}
      </Fact>
      {gc !== undefined && (
        <Fact name="Longest pause" title="In the last ten minutes">
          <Value of={duration(gc.worstMs)} />
        </Fact>
      )}
      <Fact
        name="Wait for the thread pool, at most"
        title="fs, dns.lookup, crypto and zlib share it; the last ten minutes"
      >
        {threadPool === undefined ? (
          <Unknown why="not looked at before something is measured" />
        ) : (
          <Value of={duration(threadPool.worstWaitMs)} />
        )}
      </Fact>
    </Facts>
  )
}

/** The store of records: how full it is, and how far it reaches back. */
export function RecordsFacts({ records }: { readonly records: Health['records'] }): VNode {
  const { records: kept, bytes, maxBytes, evicted, expired, oldest, failed, error } = records
  const since = Date.parse(oldest ?? '')
  return (
    <Facts name="Records" note="what stories are made of">
      {error !== undefined && (
        <Fact name="Store">
          <span class="error-ink strong">
            <Sign of="failure" /> <Text of={error} max={60} />
          </span>
        </Fact>
      )}
      {kept !== undefined && <Fact name="Kept">{grouped(kept)}</Fact>}
      {bytes !== undefined && (
        <Fact name="Memory">
          <Value of={size(bytes)} />
          {maxBytes !== undefined && ` of ${plain(size(maxBytes))} at most, ${plain(percent(bytes / maxBytes))}`}
        </Fact>
      )}
      {Number.isFinite(since) && (
        <Fact name="Oldest" title={utc(since)}>
          <Value of={ago(since, serverNow())} />
        </Fact>
      )}
      {expired !== undefined && <Fact name="Expired">{<Plain count={expired} />}</Fact>}
      {evicted !== undefined && (
        <Fact name="Removed early" title="Because the store was full">
          <Plain count={evicted} />
        </Fact>
      )}
      <Fact name="Failures of the store">
        <Bad count={failed} />
      </Fact>
    </Facts>
  )
}

/** What Spoor could not follow. */
export function ContextFacts({ context, queries }: Pick<Health, 'context' | 'queries'>): VNode {
  return (
    <Facts name="Context" note="since the start">
      <Fact name="Requests that lost it" title="Work of these requests ran outside their context">
        <Bad count={context.lost} />
      </Fact>
      <Fact name="Lines of an unknown request" title="Their code ran in the context of an ended request">
        <Bad count={context.unknown} />
      </Fact>
      <Fact name="Calls of no known request">
        <Bad count={context.lostCalls} />
      </Fact>
      <Fact name="Queries outside any request" title="Of no request, job or scope: pool checks, timers, the start">
        <Plain count={queries.nowhere} />
      </Fact>
      <Fact name="Queries after their request’s line">
        <Plain count={queries.late} />
      </Fact>
      <Fact name="Queries of an unknown request">
        <Plain count={queries.unknown} />
      </Fact>
      <Fact name="Fields added to nothing" title="spoor.add and spoor.count outside any request, or after its line">
        <Plain count={context.addedNowhere} />
      </Fact>
      <Fact name="Not followed" title="Messages that the service had changed">
        <Plain count={context.guarded} />
      </Fact>
    </Facts>
  )
}

interface OverheadProps {
  readonly tracking: Health['tracking']
  readonly accounting: CpuAccounting | undefined
}

/** What Spoor itself costs. */
export function OverheadFacts({ tracking, accounting }: OverheadProps): VNode {
  const { threadCpuMs, overheadMs, unattributedMs, exact, windows } = accounting ?? {}
  const why = 'no CPU was measured in the last hour'
  const part = (ms: number | undefined): VNode => {
    if (ms === undefined || threadCpuMs === undefined || !(threadCpuMs > 0)) return <Unknown why={why} />
    const about = exact === false ? `≈ from ${counted(windows ?? 0, 'window')}: ` : ''
    return (
      <span title={`${about}${plain(duration(ms))} of ${plain(duration(threadCpuMs))}`}>
        {exact === false && <span class="dim">≈ </span>}
        <Value of={finePercent(ms / threadCpuMs)} /> of the CPU
      </span>
    )
  }
  return (
    <Facts name="Overhead" note="what Spoor costs, last hour">
      <Fact name="Spoor itself" title="Slices, records, log lines and this page">
        {part(overheadMs)}
      </Fact>
      <Fact name="Unattributed" title="Of no request, job or scope">
        {part(unattributedMs)}
      </Fact>
      <Fact name="Measured">{modes[tracking.mode] ?? tracking.mode}</Fact>
      <Fact name="Measuring was on" title="The share of the time since the first measured request">
        <Value of={percent(tracking.measuredShare)} /> of the time
      </Fact>
      <Fact name="Measured now">{counted(tracking.open, 'request or job', 'requests and jobs')}</Fact>
    </Facts>
  )
}

const modes: Readonly<Record<string, string>> = {
  all: 'every request, mode all',
  header: 'on request, mode header',
  privileged: 'privileged users only, mode privileged',
  off: 'nothing, mode off',
}
