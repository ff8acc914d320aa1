import type { VNode } from 'preact'
import { session } from '../../api/session.js'
import { CopyButton } from '../../parts/copy-button.js'
import type { RequestDetail } from '../../protocol.js'
import { curlOf, measuringHeader } from './copies.js'

/** How to measure a request that was not measured, or whom to ask. */
export function NotMeasuredHint({ record }: { readonly record: RequestDetail }): VNode | null {
  const { mode = 'header', mayMeasure = false, source = 'service', read } = session.value ?? {}
  if (record.measured || record.source === 'log' || source !== 'service') return null
  const canRepeat = record.kind === 'request' && mode === 'header'
  return (
    <p class="hint">
      <span>
        Its <b>own CPU</b> and <b>who held it up</b> are not known.{' '}
        {!canRepeat ? (
          whyNot(mode, record.kind)
        ) : mayMeasure ? (
          <>
            Repeat it with <code>{measuringHeader}: true</code>
          </>
        ) : (
          <>
            Ask an admin or developer to repeat it with <code>{measuringHeader}: true</code>
          </>
        )}
      </span>
      {canRepeat && mayMeasure && (
        <CopyButton
          class="btn copy"
          label="Copy as cURL, measured"
          text={() => curlOf(record, location.origin, { isMeasured: true })}
          said="Copied as cURL. Put your own token in; its query and body are never kept"
        >
          Copy as cURL, measured
        </CopyButton>
      )}
      <span class="grow" />
      {read === 'all' && mode !== 'all' && (
        <span class="dim">
          or measure all: <code>tracking: {"{ mode: 'all' }"}</code>
        </span>
      )}
    </p>
  )
}

function whyNot(mode: string, kind: string): string {
  if (mode === 'off') return 'Measuring is off in this service (tracking.mode).'
  if (mode === 'privileged') return 'Requests of admins and developers are measured.'
  if (kind === 'job') return 'A job is measured if its request was.'
  return 'It was not chosen to be measured.'
}

/** The record is gone; the request line is left. */
export function ExpiredHint({ record, lines }: { record: RequestDetail; lines: number | undefined }): VNode | null {
  if (record.storeFailed) return <StoreHint record={record} />
  if (record.source !== 'log' || session.value?.source !== 'service') return null
  const count = lines === undefined ? '' : ` ${lines === 1 ? '1 log line is' : `${lines} log lines are`} still there.`
  return (
    <p class="hint">
      <span>
        <b>Its record has expired.</b> What you see is from its request line: the sums are exact, the times of its calls
        and queries are unknown.{count}
      </span>
      <CopyButton
        class="btn copy"
        text={() => `spoor find ${record.requestId}`}
        said="Copied the command"
        label="Copy spoor find, the command"
      >
        <code>spoor find …</code>
      </CopyButton>
    </p>
  )
}

/** The store of records is down or slow: the answer was made without it. */
function StoreHint({ record }: { readonly record: RequestDetail }): VNode {
  return (
    <p class="hint">
      <span>
        <b>The record store does not answer.</b>{' '}
        {record.source === 'log'
          ? 'What you see is from its request line: the sums are exact, the times of its calls and queries are unknown.'
          : 'This process alone answers: other attempts with its id may be missing.'}
      </span>
    </p>
  )
}
