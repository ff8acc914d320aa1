import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ApiError } from '../api/client.js'
import { token } from '../api/client.js'
import { askAccess, signIn, signOut } from '../api/session.js'
import { reasonOf } from './failure.js'

/** The token field. Nothing of the service is shown before it. */
export function SignIn({ refusedToken }: { readonly refusedToken: boolean }): VNode {
  const [value, setValue] = useState('')
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
  const submit = (event: Event): void => {
    event.preventDefault()
    const token = value.trim().replace(/^Bearer\s+/i, '')
    if (token !== '') void signIn(token)
  }
  return (
    <section class="state sign-in">
      <h1>Who are you?</h1>
      <p>
        This service asks for a token. The token stays in this tab until you close it. If the service has a sign-in page
        with a cookie, sign in there and reload this page.
      </p>
      <form onSubmit={submit}>
        <label class="find">
          <span class="sr">Token</span>
          <input
            ref={input}
            type="password"
            autocomplete="off"
            placeholder="Bearer token"
            value={value}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="btn solid">
          Go on
        </button>
      </form>
      {refusedToken && (
        <p class="error-ink" role="alert">
          ◆ The service does not know this token.
        </p>
      )}
    </section>
  )
}

/** The service answered that this reader, or this page, may see nothing. */
export function Refused({ error }: { readonly error: ApiError }): VNode {
  const { title, text } = wordsOf(error)
  return (
    <section class="state">
      <h1>{title}</h1>
      <p>{text}</p>
      {error.requestId !== undefined && (
        <p>
          Give this id to the people who run the service:
          <br />
          <span class="mono">{error.requestId}</span>
        </p>
      )}
      <div class="act">
        <button type="button" class="btn" onClick={() => void askAccess()}>
          Try again
        </button>
        <button type="button" class="btn" onClick={signOut}>
          Sign in as another reader
        </button>
      </div>
    </section>
  )
}

function wordsOf(error: ApiError): { title: string; text: string } {
  if (error.status === 403 && error.code === 'foreign_origin')
    return {
      title: 'Opened from another site',
      text: 'Open the address of the inspector itself, or list this origin in inspector.origins.',
    }
  if (error.status === 403)
    return {
      title: 'You may not see this',
      text: 'The service refused this sign-in (inspector.authorize).',
    }
  if (error.status === 421)
    return {
      title: 'Not under this name',
      text: 'Open the service by a name of inspector.hosts (by default: localhost, 127.0.0.1), or add this name there, without its port.',
    }
  return {
    title: 'No inspector here',
    text: 'The service has no inspector at this address, or an older version of Spoor.',
  }
}

/** The service does not answer, or answers that it cannot. */
export function Away({ error }: { readonly error: ApiError }): VNode {
  const isSilent = error.status === 0
  return (
    <section class="state">
      <h1>{isSilent ? 'The service does not answer' : 'The service cannot answer now'}</h1>
      <p>{isSilent ? 'It may have stopped or be restarting.' : reasonOf(error)} This page tries again every 3 s.</p>
      <div class="act">
        <button type="button" class="btn" onClick={() => void askAccess()}>
          Try now
        </button>
        {token.value !== undefined && (
          <button type="button" class="btn" onClick={signOut}>
            Sign in as another reader
          </button>
        )}
      </div>
    </section>
  )
}
