import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { readJson, token } from '../../api/client.js'
import { useResource } from '../../api/resource.js'
import { serverNow, session } from '../../api/session.js'
import { duration, plain } from '../../format/numbers.js'
import { Text } from '../../parts/shown.js'
import { useWidth } from '../../parts/use-width.js'
import type { Health, Session } from '../../protocol.js'
import { Command } from './command.js'
import { firstCurl, measureHeader } from './curl.js'
import { HowARequestReads } from './first-run-bar.js'
import { WhatSpoorSees } from './first-run-sees.js'
import { Axes } from './scatter-axes.js'
import { type Frame, scaleOf, timeRange } from './scatter-layout.js'

/** What a newcomer sees: where the first request will appear, how to send it, how to read it. It goes by itself. */
export function FirstRun(): VNode | null {
  const known = session.value
  const health = useFirstHealth()
  if (known === undefined) return null
  return (
    <div class="first">
      <Sentence known={known} health={health} />
      <EmptyChart />
      <div class="two">
        <FollowIt known={known} />
        <HowARequestReads />
      </div>
      <WhatSpoorSees known={known} health={health} />
    </div>
  )
}

/** The state of Spoor, for readers who may see it. */
export function useFirstHealth(): Health | undefined {
  const isAll = session.value?.read === 'all'
  const read = (signal: AbortSignal): Promise<Health | undefined> =>
    isAll ? readJson<Health>('api/health', undefined, signal) : Promise.resolve(undefined)
  return useResource(`first run ${isAll}`, read, 5_000).data
}

function Sentence({ known, health }: { readonly known: Session; readonly health: Health | undefined }): VNode {
  const up = health && serverNow() - Date.parse(health.startedAt)
  if (known.source !== 'service')
    return (
      <h1 class="answer">
        <b>{known.source === 'files' ? 'The log files have' : 'ClickHouse has'} no request yet.</b>
      </h1>
    )
  return (
    <h1 class="answer">
      <b>
        Nothing has arrived
        {known.read === 'account' && (
          <>
            {' '}
            for <Text of={known.account ?? 'your account'} />
          </>
        )}{' '}
        yet{known.processes.length > 1 && ' at this process'}.
      </b>{' '}
      <Text of={known.service} />{' '}
      {up !== undefined && Number.isFinite(up) && (
        <>
          has been up for <b>{plain(duration(Math.max(0, up)))}</b> and{' '}
        </>
      )}
      answers on {location.host}.
    </h1>
  )
}

function EmptyChart(): VNode {
  const { ref, width } = useWidth<SVGSVGElement>()
  const [now] = useState(serverNow())
  const frame: Frame = { width, height: 156, left: 52, right: 6, top: 6, bottom: 20 }
  const range = timeRange(now)
  const powers = { low: 0, high: 4 }
  const scale = scaleOf(frame, range, powers)
  const x = width === 0 ? 0 : scale.x(now)
  return (
    <svg
      ref={ref}
      class="scatter"
      height={156}
      role="img"
      aria-label="Duration of each request in the last 15 minutes: none yet"
    >
      {width > 0 && (
        <>
          <Axes frame={frame} scale={scale} powers={powers} range={range} now={now} />
          <circle class="d-open" cx={x} cy={scale.y(100)} r="4" />
          <text class="t1 here" x={x - 14} y={scale.y(100) + 4} text-anchor="end">
            {width < 640 ? 'your first request' : 'your first request appears here'}
          </text>
        </>
      )}
    </svg>
  )
}

function FollowIt({ known }: { readonly known: Session }): VNode {
  const hasToken = token.value !== undefined
  return (
    <section>
      <div class="head">
        <h2 class="h">Follow your first request</h2>
      </div>
      <ol class="steps">
        <li>
          <p>
            <b>Send one.</b> Any request to this service will do; the inspector’s own are never listed.
          </p>
          <Command text={firstCurl(location.origin, hasToken)} />
        </li>
        <li>
          <p>
            <b>Open it.</b> Its row appears here as it ends, and <kbd>↵</kbd> opens its story: its log lines, its
            queries, its calls, its jobs on one axis.
          </p>
        </li>
        <li>
          <p>
            <b>See what it cost.</b> {measuredWords(known)}
          </p>
          {known.mode === 'header' && known.mayMeasure && <Command text={`curl … -H '${measureHeader}'`} />}
        </li>
      </ol>
    </section>
  )
}

function measuredWords({ mode, mayMeasure }: Session): string {
  if (mode === 'off') return 'Measuring is off in this service (tracking.mode).'
  if (mode === 'all') return 'Own CPU and what held it up are measured of every request.'
  if (!mayMeasure) return 'Ask the people who run the service (tracking.allow).'
  if (mode === 'privileged') return 'Own CPU and what held it up are measured of admins and developers.'
  return 'Own CPU and what held it up are measured for admins and developers who ask for it.'
}
