import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { readJson } from '../api/client.js'
import { useResource } from '../api/resource.js'
import { session } from '../api/session.js'
import { cut } from '../format/texts.js'
import type { Health } from '../protocol.js'

const everyMs = 10_000
// The view that the reader opened comes first.
const firstAfterMs = 500

/** A shape beside Health when something is wrong: a diamond for a failure, a triangle for a warning. */
export function HealthFlag(): VNode | null {
  const [isDue, setDue] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), firstAfterMs)
    return () => clearTimeout(timer)
  }, [])
  return isDue && session.value?.read === 'all' ? <Flag /> : null
}

function Flag(): VNode | null {
  const { data } = useResource('health flag', (signal) => readJson<Health>('api/health', undefined, signal), everyMs)
  const [worst] = data?.troubles ?? []
  const isLost = session.value?.processes.some((one) => one.isLost) === true
  if (worst === undefined && !isLost) return null
  const isFailure = isLost || worst?.level === 'failure'
  const says = isLost && worst?.level !== 'failure' ? 'a process is lost' : (worst?.says ?? '')
  return (
    <>
      <i class={isFailure ? 'flag bad' : 'flag'} title={cut(says, 300)} />
      <span class="sr">
        {isFailure ? ', a failure: ' : ', a warning: '}
        {cut(says, 300)}
      </span>
    </>
  )
}
