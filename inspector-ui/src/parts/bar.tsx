import type { VNode } from 'preact'
import { token } from '../api/client.js'
import { readerKey, session, signOut } from '../api/session.js'
import { togglePaused } from '../app.js'
import { counted } from '../format/texts.js'
import { paused } from '../state/paused.js'
import { linkTo, route, type View, views } from '../state/route.js'
import { toggleTheme } from '../state/theme.js'
import { FindBox } from './find-box.js'
import { HealthFlag } from './health-flag.js'
import { Mark, ThemeIcon } from './icons.js'
import { Text } from './shown.js'

const names: Readonly<Record<View, string>> = {
  requests: 'Requests',
  cost: 'Cost',
  logs: 'Logs',
  health: 'Health',
}

/** The bar over every view. Before sign-in it has the name alone. */
export function Bar(): VNode {
  const known = session.value
  return (
    <header class="bar">
      <a class="skip" href="#main" onClick={skipToView}>
        Skip to the view
      </a>
      <a class="brand" href={linkTo('requests')} aria-label="Spoor: requests">
        <Mark />
        spoor
      </a>
      {known !== undefined && (
        <>
          <Service />
          <nav class="views" aria-label="Views">
            {views.filter(isOpenTo).map((view) => (
              <a key={view} href={linkTo(view)} aria-current={route.value.view === view ? 'page' : undefined}>
                {names[view]}
                {view === 'health' && <HealthFlag />}
              </a>
            ))}
          </nav>
          <FindBox key={readerKey.value} />
          <button type="button" class="btn live" aria-pressed={!paused.value} onClick={togglePaused}>
            <i />
            <span>{paused.value ? 'Paused' : 'Live'}</span>
          </button>
        </>
      )}
      <button
        type="button"
        class="btn icon theme"
        aria-label="Dark or light"
        title="Dark or light, t"
        onClick={toggleTheme}
      >
        <ThemeIcon />
      </button>
      {known !== undefined && <Reader />}
    </header>
  )
}

/** Health is for readers of everything. */
function isOpenTo(view: View): boolean {
  return view !== 'health' || session.value?.read === 'all'
}

// The fragment of the URL is the route, so the link itself must not follow it.
function skipToView(event: Event): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

function Service(): VNode {
  const { service = '', processes = [] } = session.value ?? {}
  const lost = processes.filter(({ isLost }) => isLost).length
  const [only] = processes
  return (
    <div class="service">
      <b>
        <Text of={service} max={30} />
      </b>
      {processes.length > 1
        ? `${counted(processes.length, 'process', 'processes')}${lost > 0 ? `, ${lost} lost` : ''}`
        : only && `pid ${only.pid}`}
    </div>
  )
}

function Reader(): VNode {
  const { user, account, read } = session.value ?? {}
  return (
    <div class="who">
      <Text of={user ?? account ?? 'signed in'} max={24} />
      <span>
        {read === 'all' ? (
          'sees all accounts'
        ) : (
          <>
            sees <Text of={account ?? 'one account'} max={24} />
          </>
        )}
        {token.value !== undefined && (
          <button type="button" class="sign-out" onClick={signOut}>
            Sign out
          </button>
        )}
      </span>
    </div>
  )
}
