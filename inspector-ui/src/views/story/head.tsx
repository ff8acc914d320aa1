import type { VNode } from 'preact'
import { readText } from '../../api/client.js'
import { serverNow, session } from '../../api/session.js'
import { moment, utc } from '../../format/times.js'
import { CopyButton } from '../../parts/copy-button.js'
import { DownIcon, UpIcon } from '../../parts/icons.js'
import { Text } from '../../parts/shown.js'
import type { LiveRequest, RequestDetail } from '../../protocol.js'
import { linkTo } from '../../state/route.js'
import { curlOf, curlSaid } from './copies.js'

/** What the head shows: of a record, or of an open request. */
export interface Headed extends Pick<LiveRequest, Named> {
  readonly status?: RequestDetail['status']
  readonly aborted?: RequestDetail['aborted']
  readonly upgraded?: RequestDetail['upgraded']
  readonly contextLost?: RequestDetail['contextLost']
  readonly error?: RequestDetail['error']
  readonly measured?: boolean
}

type Named =
  | 'id'
  | 'requestId'
  | 'kind'
  | 'parentId'
  | 'account'
  | 'user'
  | 'method'
  | 'path'
  | 'route'
  | 'name'
  | 'startedAt'
  | 'instance'
  | 'pid'

interface Props {
  readonly of: Headed
  /** `in flight`, `expired`. */
  readonly state?: string | undefined
  readonly onNewer?: (() => void) | undefined
  readonly onOlder?: (() => void) | undefined
}

/** The first line of a story: what it was, for whom, when and where; and the copies. */
export function Head({ of, state, onNewer, onOlder }: Props): VNode {
  return (
    <div class="ident">
      <Heading of={of} />
      <Status of={of} />
      {of.measured === false && <span class="tag">not measured</span>}
      {state !== undefined && <span class="tag">{state}</span>}
      <For of={of} />
      <time class="hide-s" dateTime={of.startedAt} title={utc(Date.parse(of.startedAt))}>
        {moment(Date.parse(of.startedAt), serverNow())}
      </time>
      <Process of={of} />
      <Copies of={of} onNewer={onNewer} onOlder={onOlder} />
    </div>
  )
}

function Heading({ of: { kind, method = '', path, route, name = 'without a name' } }: { of: Headed }): VNode {
  if (kind === 'job')
    return (
      <h1>
        <span>Job</span> <Text of={name} max={80} />
      </h1>
    )
  return (
    <h1 title={route === undefined ? 'No route matched' : `Route ${route.slice(0, 500)}`}>
      <Text class="verb" of={method} max={20} /> <Text of={path ?? route ?? '/'} max={90} />
    </h1>
  )
}

function Status({ of }: { of: Headed }): VNode | null {
  const { status, kind, error, aborted, upgraded } = of
  if (kind === 'job') {
    if (of.measured === undefined) return null
    return error === undefined ? <span class="status">succeeded</span> : <span class="status error-ink">◆ failed</span>
  }
  const failed = status === undefined ? error !== undefined && !aborted : status >= 500
  return (
    <>
      {status !== undefined && (
        <span class={`status${failed ? ' error-ink' : ''}`}>{failed ? `◆ ${status}` : status}</span>
      )}
      {status === undefined && failed && <span class="status error-ink">◆ failed</span>}
      {aborted && <span class="status warn-ink">▲ aborted</span>}
      {upgraded && <span class="tag">upgraded</span>}
      {of.contextLost && (
        <span class="tag" title="The response began outside the request's context, so lines written there lack its id">
          context lost
        </span>
      )}
    </>
  )
}

function For({ of: { account, user, parentId } }: { of: Headed }): VNode {
  return (
    <>
      <span class="who-for">
        {account === undefined ? (
          'for no account'
        ) : (
          <>
            for{' '}
            <a href={linkTo('requests', { account })} title="Requests of this account">
              <Text class="strong" of={account} max={40} />
            </a>
          </>
        )}
        {user !== undefined && (
          <>
            , user <Text of={user} max={40} />
          </>
        )}
      </span>
      {parentId !== undefined && (
        <a class="origin" href={`#/requests/${encodeURIComponent(parentId)}`} title="The request or job that queued it">
          queued by {parentId.length > 8 ? `…${parentId.slice(-8)}` : parentId} ›
        </a>
      )}
    </>
  )
}

/** The process, once there is more than one. */
function Process({ of: { instance, pid } }: { of: Headed }): VNode | null {
  const processes = session.value?.processes ?? []
  // A line has the pid alone, and files may not name the host.
  const isNamed = instance?.includes(':') === true
  const known = isNamed ? instance : processes.find((one) => one.pid === pid)?.instance
  const isKnown = known?.includes(':') === true
  if (instance === undefined || (processes.length < 2 && processes[0]?.instance === (known ?? instance))) return null
  if (!isKnown && !((pid ?? 0) > 0)) return null
  const host = isKnown ? known.replace(/:\d+$/, '') : 'pid'
  return (
    <a
      class="dim"
      href={linkTo('requests', { process: isKnown ? known : `${pid}` })}
      title="All requests of this process"
    >
      on <Text of={pid === undefined ? host : `${host} ${pid}`} max={50} />
    </a>
  )
}

function Copies({ of, onNewer, onOlder }: Pick<Props, 'of' | 'onNewer' | 'onOlder'>): VNode {
  return (
    <fieldset class="copies">
      <legend class="sr">Copy</legend>
      <CopyButton
        class="copy id mono"
        title="Copy the request id, y"
        text={() => of.requestId}
        said="Copied the request id"
      >
        <Text of={of.requestId} max={60} />
        <span class="sr">, copy the request id</span>
      </CopyButton>
      {of.kind === 'request' && (
        <CopyButton
          label="as cURL, copy, u"
          title="Method, URL and content type; never its token, its query or its body"
          text={() => curlOf(of, location.origin)}
          said={curlSaid}
        >
          as cURL
        </CopyButton>
      )}
      <CopyButton
        label="for an agent, copy as Markdown, a"
        title="This story as Markdown: sentence, facts, lanes, lines"
        text={() => agentText(of.requestId)}
        said="Copied for an agent, as Markdown"
      >
        for an agent
      </CopyButton>
      {onNewer !== undefined && (
        <Step label="Newer request, k" onClick={onNewer}>
          <UpIcon />
        </Step>
      )}
      {onOlder !== undefined && (
        <Step label="Older request, j" onClick={onOlder}>
          <DownIcon />
        </Step>
      )}
    </fieldset>
  )
}

/** The story as Markdown, as the service writes it. */
export function agentText(id: string): Promise<string> {
  return readText(`api/requests/${encodeURIComponent(id)}`, { as: 'markdown' })
}

interface StepProps {
  readonly label: string
  readonly onClick: () => void
  readonly children: VNode
}

/** Goes to the next request of the list, newer or older. */
function Step({ label, onClick, children }: StepProps): VNode {
  return (
    <button type="button" class="btn icon hide-s" aria-label={label} title={label} onClick={onClick}>
      {children}
    </button>
  )
}
