import type { VNode } from 'preact'
import { session } from '../../api/session.js'
import { counted, visible } from '../../format/texts.js'
import type { Health, Trouble } from '../../protocol.js'
import { lostProcesses } from './names.js'

const maxSaid = 3

/** What is wrong, the worst first, in a sentence each; or that all is well. */
export function HealthAnswer({ health: { summary, troubles } }: { readonly health: Health }): VNode {
  const lost = lostProcesses(session.value?.processes ?? [])
  // A process keeps its name as it is.
  const all = [...lost, ...troubles.map(({ level, says }) => ({ level, says: capitalised(says) }))]
  if (all.length === 0) return <h1 class="answer">{summary}</h1>
  const more = all.length - maxSaid
  return (
    <h1 class="answer">
      {all.slice(0, maxSaid).map((trouble, at) => (
        <span key={at}>
          <Sign of={trouble.level} />
          {'\u00a0'}
          <b>{visible(`${trouble.says}.`)}</b>{' '}
        </span>
      ))}
      {more > 0 ? `${counted(more, 'other thing')} ${more === 1 ? 'is' : 'are'} wrong.` : 'The rest is well.'}
    </h1>
  )
}

function capitalised(says: string): string {
  return /^[a-z]+ /.test(says) ? `${says.charAt(0).toUpperCase()}${says.slice(1)}` : says
}

/** A diamond for a failure, a triangle for a warning. */
export function Sign({ of }: { readonly of: Trouble['level'] }): VNode {
  const isFailure = of === 'failure'
  return (
    <span class={isFailure ? 'sign error-ink' : 'sign warn-ink'} role="img" aria-label={of}>
      {isFailure ? '◆' : '▲'}
    </span>
  )
}
