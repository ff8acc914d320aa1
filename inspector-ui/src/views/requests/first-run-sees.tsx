import type { ComponentChildren, VNode } from 'preact'
import { counted } from '../../format/texts.js'
import { Text } from '../../parts/shown.js'
import type { FoundPart, Health, Session } from '../../protocol.js'

interface Props {
  readonly known: Session
  readonly health: Health | undefined
  /** True once requests came: what was found is shown, but nothing is called missing that a request may have had. */
  readonly isLater?: boolean
}

/** What Spoor sees of this service, and for what is missing, the call that adds it. */
export function WhatSpoorSees({ known, health, isLater = false }: Props): VNode {
  const found = (kind: FoundPart['kind']): readonly FoundPart[] =>
    (health?.found ?? []).filter((one) => one.kind === kind)
  return (
    <section aria-label="What Spoor sees of this service">
      <div class="head rule">
        <h2 class="h">What Spoor sees of this service</h2>
        <span class="dim">what is missing here is missing in every story</span>
      </div>
      <dl class="sees">
        <Parts name="Requests" of={found('framework')} isAlways>
          to this service, but not to the inspector
        </Parts>
        {(!isLater || found('driver').length > 0) && (
          <Parts name="Queries" of={found('driver')}>
            none yet: <code class="c">spoor.follow(pool)</code>, where the driver does not publish them
          </Parts>
        )}
        <Accounts known={known} />
        {(!isLater || found('queue').length > 0) && (
          <Parts name="Jobs" of={found('queue')}>
            none yet: <code class="c">spoor.carry</code> and <code class="c">spoor.runChild</code>
          </Parts>
        )}
        <Lines known={known} files={health?.files.length} />
        {!isLater && (
          <Seen name="Fields">
            none yet: <code class="c">{"spoor.add({ plan: 'pro' })"}</code>
          </Seen>
        )}
        <Seen name="Calls" isSeen>
          fetch and node:http, to any host
        </Seen>
        <OwnCpu mode={known.mode} />
      </dl>
    </section>
  )
}

interface PartsProps {
  readonly name: string
  readonly of: readonly FoundPart[]
  /** True for what Spoor sees, whatever it found. */
  readonly isAlways?: boolean
  /** What stands there if nothing was found. */
  readonly children: ComponentChildren
}

/** What was found of one kind; what the service has but Spoor does not hear is said. */
function Parts({ name, of, isAlways = false, children }: PartsProps): VNode {
  const said = (isSeen: boolean): string =>
    of
      .filter((one) => one.isSeen === isSeen)
      .map((one) => (one.version === undefined ? one.name : `${one.name} ${one.version}`))
      .join(', ')
  const [seen, unseen] = [said(true), said(false)]
  return (
    <Seen name={name} isSeen={isAlways || seen !== ''}>
      {seen !== '' && <Text of={seen} />}
      {unseen !== '' && (
        <>
          {seen !== '' && '; '}
          <Text of={unseen} />: not heard of yet
        </>
      )}
      {seen === '' && (
        <>
          {unseen !== '' && '; '}
          {children}
        </>
      )}
    </Seen>
  )
}

function Accounts({ known: { account, user } }: { readonly known: Session }): VNode {
  if (account === undefined && user === undefined)
    return (
      <Seen name="Accounts">
        none yet: the option <code class="c">account</code>
      </Seen>
    )
  return (
    <Seen name="Accounts" isSeen>
      from the account function
    </Seen>
  )
}

function Lines({ known, files }: { readonly known: Session; readonly files: number | undefined }): VNode {
  if (!known.lines)
    return (
      <Seen name="Log lines">
        neither log files nor ClickHouse: <code class="c">{"defineLogs({ directory: 'logs' })"}</code>
      </Seen>
    )
  return (
    <Seen name="Log lines" isSeen>
      {files === undefined ? 'of its loggers' : files === 0 ? 'in ClickHouse' : counted(files, 'log file')}
    </Seen>
  )
}

function OwnCpu({ mode }: { readonly mode: Session['mode'] }): VNode {
  if (mode === 'off')
    return (
      <Seen name="Own CPU">
        off: <code class="c">{"tracking: { mode: 'header' }"}</code>
      </Seen>
    )
  const words = {
    header: 'of requests that ask for it, mode header',
    privileged: 'of admins and developers, mode privileged',
    all: 'of every request, mode all',
  }
  return (
    <Seen name="Own CPU" isSeen>
      {words[mode]}
    </Seen>
  )
}

function Seen(props: {
  readonly name: string
  readonly isSeen?: boolean
  readonly children: ComponentChildren
}): VNode {
  const { name, isSeen = false, children } = props
  return (
    <div class={isSeen ? undefined : 'no'}>
      <dt>
        <i aria-hidden="true">{isSeen ? '✓' : '–'}</i>
        {name}
      </dt>
      <dd>{children}</dd>
    </div>
  )
}
