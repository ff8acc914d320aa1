import type { ComponentChildren, VNode } from 'preact'
import { counted } from '../../format/texts.js'
import type { Health, Session } from '../../protocol.js'

interface Props {
  readonly known: Session
  readonly health: Health | undefined
}

/** What Spoor sees of this service, and for what is missing, the call that adds it. */
export function WhatSpoorSees({ known, health }: Props): VNode {
  return (
    <section>
      <div class="head rule">
        <h2 class="h">What Spoor sees of this service</h2>
        <span class="dim">what is missing here is missing in every story</span>
      </div>
      <dl class="sees">
        <Seen name="Requests" isSeen>
          to this service, but not to the inspector
        </Seen>
        <Seen name="Queries">
          none yet: <code class="c">spoor.follow(pool)</code>, where the driver does not publish them
        </Seen>
        <Accounts known={known} />
        <Seen name="Jobs">
          none yet: <code class="c">spoor.carry</code> and <code class="c">spoor.runChild</code>
        </Seen>
        <Lines known={known} files={health?.files.length} />
        <Seen name="Fields">
          none yet: <code class="c">{"spoor.add({ plan: 'pro' })"}</code>
        </Seen>
        <Seen name="Calls" isSeen>
          fetch and node:http, to any host
        </Seen>
        <OwnCpu mode={known.mode} />
      </dl>
    </section>
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
        no log files: <code class="c">{"defineLogs({ directory: 'logs' })"}</code>
      </Seen>
    )
  return (
    <Seen name="Log lines" isSeen>
      {files === undefined ? 'from its log files' : counted(files, 'log file')}
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
