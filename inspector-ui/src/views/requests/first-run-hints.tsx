import type { VNode } from 'preact'
import { token } from '../../api/client.js'
import { session } from '../../api/session.js'
import { CopyButton } from '../../parts/copy-button.js'
import { Text } from '../../parts/shown.js'
import type { ListedRequest, RequestsSummary, Session } from '../../protocol.js'
import { Command } from './command.js'
import { measuredCurl, measureHeader } from './curl.js'
import type { RequestFeed } from './feed.js'
import { type RequestFilter, setFilters } from './filter.js'
import { isGap } from './rows.js'

interface HintProps {
  readonly summary: RequestsSummary | undefined
  readonly filter: RequestFilter
  /** The command sends its newest request again. */
  readonly feed: RequestFeed
}

/** What the list lacks, in the words of the service. */
export function Note({ summary }: { readonly summary: RequestsSummary | undefined }): VNode | null {
  return summary?.note === undefined ? null : (
    <p class="dim note">
      <Text of={summary.note} max={300} />
    </p>
  )
}

/** Says how to measure, while nothing was. */
export function NotMeasuredHint({ summary, filter, feed }: HintProps): VNode | null {
  const known = session.value
  const isAsked = summary !== undefined && summary.count > 0 && summary.measured === 0
  if (!isAsked || known === undefined || setFilters(filter).length > 0) return null
  return (
    <p class="hint not-measured">
      <span>
        Calls, queries, lines and jobs are known of every request. <b>Own CPU</b> and <b>what held it up</b> are known
        of those that are measured: <HowToMeasure of={known} />
      </span>
      {known.mode === 'header' && known.mayMeasure && (
        <>
          <span class="grow" />
          <CopyButton
            class="btn copy"
            text={() => measuredCurl(location.origin, newestOf(feed), token.value !== undefined)}
            said="Copied as cURL. Its token, query and body are never kept."
          >
            Copy as cURL, measured
          </CopyButton>
        </>
      )}
    </p>
  )
}

function newestOf(feed: RequestFeed): ListedRequest | undefined {
  return feed.rows.peek()?.find((row): row is ListedRequest => !isGap(row) && row.kind === 'request')
}

function HowToMeasure({ of: { mode, mayMeasure, source } }: { readonly of: Session }): VNode {
  if (source !== 'service') return <>these log lines have none.</>
  if (mode === 'off')
    return (
      <>
        measuring is off in this service (<code>tracking.mode</code>).
      </>
    )
  if (!mayMeasure) return <>yours are not. Ask the people who run the service (tracking.allow).</>
  if (mode === 'privileged') return <>the requests of admins and developers. Send one with your sign-in.</>
  return (
    <>
      send one with <code>{measureHeader}</code>
    </>
  )
}

const jobCode = `const carried = spoor.carry({ name: 'verify_publication' })   // in the request: put it on your queue
await spoor.runChild(carried, {}, () => verify(postId))        // in the worker, in any process`

/** What a job is, while none has run. */
export function NoJobs(): VNode {
  return (
    <section class="empty">
      <h2>What a job is here</h2>
      <p>Work that a request leaves behind, for the same account. Each attempt has its story.</p>
      <Command text={jobCode} />
      <p>
        With BullMQ, <code class="c">bullmqTelemetry(spoor)</code> does both.
      </p>
    </section>
  )
}
