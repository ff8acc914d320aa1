import type { VNode } from 'preact'
import { access, readerKey, session } from './api/session.js'
import { Hatches } from './draw/hatch.js'
import { AllKeys } from './parts/all-keys.js'
import { ConnectionBanner } from './parts/banner.js'
import { Bar } from './parts/bar.js'
import { Loading } from './parts/loading.js'
import { Away, Refused, SignIn } from './parts/sign-in.js'
import { watchViewWidth } from './parts/use-width.js'
import { keysShown, useKeys } from './state/keys.js'
import { paused } from './state/paused.js'
import { go, linkTo, route } from './state/route.js'
import { say, status } from './state/status.js'
import { toggleTheme } from './state/theme.js'
import { CostView } from './views/cost/cost-view.js'
import { HealthView } from './views/health/health-view.js'
import { LogsView } from './views/logs/logs-view.js'
import { RequestsView } from './views/requests/requests-view.js'
import { StoryView } from './views/story/story-view.js'

/** The page: the bar, and below it the view that the URL names. Nothing but the sign-in is shown to strangers. */
export function App(): VNode {
  useKeys(
    [
      { keys: '?', does: 'all keys', run: () => (keysShown.value = !keysShown.value) },
      { keys: '/', does: 'find', run: () => document.querySelector<HTMLInputElement>('.find input')?.focus() },
      { keys: 'g r', does: 'requests', run: () => go(linkTo('requests')) },
      { keys: 'g c', does: 'cost', run: () => go(linkTo('cost')) },
      { keys: 'g l', does: 'logs', run: () => go(linkTo('logs')) },
      { keys: 'g h', does: 'health', run: () => go(linkTo('health')) },
      { keys: 'Space', does: 'pause, go on', run: togglePaused },
      { keys: 't', does: 'dark or light', run: toggleTheme },
    ],
    'page',
  )
  return (
    <>
      <Hatches />
      <Bar />
      <p class="sr" role="status" aria-live="polite">
        {status.value}
      </p>
      {session.value !== undefined && <ConnectionBanner />}
      <main id="main" ref={watchViewWidth} class={`of-${shown()}`} tabIndex={-1}>
        <Main />
      </main>
      {session.value !== undefined && <AllKeys />}
      {status.value !== '' && (
        <div class="toast" aria-hidden="true">
          {status.value}
        </div>
      )}
    </>
  )
}

/** Stops the page, or lets it go on. */
export function togglePaused(): void {
  paused.value = !paused.value
  say(paused.value ? 'Paused' : 'Live')
}

/** The view whose style sheet applies. */
function shown(): string {
  const { view, id } = route.value
  return id === undefined ? view : 'story'
}

function Main(): VNode | null {
  const now = access.value
  if (now.kind === 'asking') return <Loading />
  if (now.kind === 'sign-in') return <SignIn refusedToken={now.refusedToken} />
  if (now.kind === 'refused') return <Refused error={now.error} />
  if (now.kind === 'away') return <Away error={now.error} />
  const { view, id } = route.value
  // Another reader gets views of their own: nothing of the last one stays.
  const reader = readerKey.value
  if (id !== undefined) return <StoryView key={`${reader} ${id}`} id={id} />
  if (view === 'cost') return <CostView key={reader} />
  if (view === 'logs') return <LogsView key={reader} />
  if (view === 'health') return <HealthView key={reader} />
  return <RequestsView key={reader} />
}
