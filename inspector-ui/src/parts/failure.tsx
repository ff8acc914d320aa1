import type { VNode } from 'preact'
import type { ApiError } from '../api/client.js'
import { useKeys } from '../state/keys.js'

/** What stands in the place of a part that failed: what failed, why, and what to do. */
export function Failure({ what, error, retry }: { what: string; error: ApiError; retry: () => void }): VNode {
  useKeys([{ keys: 'r', does: 'try again', run: retry }])
  return (
    <section class="state" role="alert">
      <h2>{what} could not be read</h2>
      <p>{reasonOf(error)}</p>
      {error.requestId !== undefined && (
        <p class="dim">
          Request id <span class="mono">{error.requestId}</span>
        </p>
      )}
      <div class="act">
        <button type="button" class="btn" onClick={retry}>
          Try again <kbd>r</kbd>
        </button>
      </div>
    </section>
  )
}

/** A failure of the API in a sentence that says what to do. */
export function reasonOf(error: ApiError): string {
  if (error.status === 0) return 'The service does not answer.'
  if (error.code === 'not_json') return 'A proxy may want you to sign in again. Reload this page.'
  if (error.status === 400) return `The service did not understand the question: ${error.detail ?? error.code}.`
  if (error.status === 401) return 'The service does not know you any more. Sign in again.'
  if (error.status === 403) return 'You may not see this. It is for readers of everything.'
  if (error.status === 404) return error.detail ?? 'There is nothing here, or it is not yours to see.'
  if (error.status === 503 && error.code === 'busy') return 'Too many readers ask at once. Try again in a moment.'
  if (error.status === 503) return error.detail ?? 'The store of records does not answer. Try again in a moment.'
  return `The service answered ${error.status} (${error.code}).`
}
