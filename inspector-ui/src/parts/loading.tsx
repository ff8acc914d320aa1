import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'

const shownAfterMs = 150

/** The still shape of what comes, once 150 ms have passed. */
export function Loading({ rows = 6 }: { readonly rows?: number }): VNode | null {
  const [isShown, show] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => show(true), shownAfterMs)
    return () => clearTimeout(timer)
  }, [])
  if (!isShown) return null
  return (
    <div class="loading" aria-busy="true">
      <span class="sr">Loading</span>
      <div class="sk t" />
      {Array.from({ length: rows }, (_, at) => (
        <div class="row" key={at}>
          <div class="sk" />
          <div class="sk" />
          <div class="sk" />
          <div class="sk" />
        </div>
      ))}
    </div>
  )
}
