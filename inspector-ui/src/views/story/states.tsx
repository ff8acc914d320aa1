import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { serverNow, session } from '../../api/session.js'
import { duration, grouped, plain } from '../../format/numbers.js'
import { minutes, moment, utc } from '../../format/times.js'
import { Text, Value } from '../../parts/shown.js'
import type { LiveRequest } from '../../protocol.js'
import { linkTo } from '../../state/route.js'
import { timeOfId } from './id-time.js'

/** No such id, or not the reader's to see: the two look the same. */
export function NothingHere({ id }: { readonly id: string }): VNode {
  const { read, account } = session.value ?? {}
  const at = timeOfId(id)
  const now = serverNow()
  return (
    <section class="state">
      <h1>Nothing to show for this id</h1>
      <p>
        <Text class="mono" of={id} max={80} />
      </p>
      <p>
        {read === 'account'
          ? 'There is no record of it and no line among those that you may see.'
          : 'There is no record of it and no log line.'}
        {read === 'account' && account !== undefined && (
          <>
            {' '}
            You see the account{' '}
            <b>
              <Text of={account} max={40} />
            </b>
            .
          </>
        )}
        {at !== undefined && (
          <>
            {' '}
            The time in the id is <time title={utc(at)}>{moment(at, now)}</time>.
          </>
        )}
      </p>
      <div class="act">
        {at !== undefined && at <= now + 60_000 && (
          <a class="btn" href={linkTo('logs', { at: utc(at), account: undefined, process: undefined })}>
            Lines at {minutes(at)}
          </a>
        )}
        <a class="btn" href={linkTo('requests')}>
          All requests
        </a>
      </div>
    </section>
  )
}

/** How long an open request has been open, moving on between two readings. */
export function useOpenMs(open: LiveRequest): number {
  const [now, tick] = useState(serverNow())
  useEffect(() => {
    const timer = setInterval(() => tick(serverNow()), 250)
    return () => clearInterval(timer)
  }, [])
  const start = Date.parse(open.startedAt)
  return Number.isFinite(start) && !open.isLost ? Math.max(open.openMs, now - start) : open.openMs
}

/** The sentence of a request in flight. */
export function OpenAnswer({ open }: { readonly open: LiveRequest }): VNode {
  const { cpuMs, outgoing, queries } = open
  const openMs = useOpenMs(open)
  const state = open.isLost ? 'when its process was last heard' : 'in flight'
  return (
    <p class="answer" id="answer">
      <b class="total">{plain(duration(openMs))}</b>{' '}
      <span class="key">
        {state}
        {!open.isLost && (cpuMs !== undefined || outgoing || queries) ? ', so far' : ''}
      </span>
      {outgoing !== undefined && outgoing.calls > 0 && (
        <span class="key" title="Calls that were open at the same time are all counted">
          <i class="sw call" aria-hidden="true" />
          <b>{plain(duration(outgoing.ms))}</b> in{' '}
          {outgoing.calls === 1 ? '1 call' : `${grouped(outgoing.calls)} calls`}
        </span>
      )}
      {queries !== undefined && queries.calls > 0 && (
        <span class="key">
          <i class="sw query" aria-hidden="true" />
          <b>{plain(duration(queries.ms))}</b> in{' '}
          {queries.calls === 1 ? '1 query' : `${grouped(queries.calls)} queries`}
          {queries.equal !== undefined && queries.equal > 1 && ` (${grouped(queries.equal)} equal)`}
        </span>
      )}
      {queries?.poolMs !== undefined && queries.poolMs > 0 && (
        <span class="key">
          <i class="sw query pale" aria-hidden="true" />
          <b>{plain(duration(queries.poolMs))}</b> waiting for a connection
        </span>
      )}
      {cpuMs !== undefined && (
        <span class="key">
          <i class="sw cpu" aria-hidden="true" />
          <b>{plain(duration(cpuMs))}</b> own CPU
        </span>
      )}
    </p>
  )
}

/** The figures of a request in flight. */
export function OpenFacts({ open }: { readonly open: LiveRequest }): VNode {
  return (
    <dl class="facts">
      <div>
        <dt>State</dt>
        <dd>{open.isLost ? <span class="error-ink strong">◆ lost with its process</span> : 'in flight'}</dd>
      </div>
      <div>
        <dt>Own CPU so far</dt>
        <dd>
          {open.cpuMs === undefined ? <span title="It is not measured">–</span> : <Value of={duration(open.cpuMs)} />}
        </dd>
      </div>
      <div>
        <dt>Log lines so far</dt>
        <dd>
          {open.logs?.lines ?? '–'}
          {open.logs !== undefined && open.logs.errors > 0 && <small class="error-ink">◆ {open.logs.errors}</small>}
          {open.logs !== undefined && open.logs.warnings > 0 && <small class="warn-ink">▲ {open.logs.warnings}</small>}
        </dd>
      </div>
      <div>
        <dt>Where and when</dt>
        <dd class="mid">
          {open.isLost ? 'Whether it was answered is not known' : 'Calls and queries are drawn as it ends'}
        </dd>
      </div>
    </dl>
  )
}
