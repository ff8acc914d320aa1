import { render } from 'preact'
import { takeTokenOfAddress } from './api/client.js'
import { watchAccess } from './api/session.js'
import { App } from './app.js'
import { listenToKeys } from './state/keys.js'
import { route } from './state/route.js'
import { showTheme } from './state/theme.js'
import { readListAhead } from './views/requests/use-feed.js'
import { readStoryAhead } from './views/story/use-story.js'
import './styles/index.css'

takeTokenOfAddress()
showTheme()
listenToKeys()
watchAccess()
readFirstViewAhead()
const root = document.getElementById('app')
if (root !== null) render(<App />, root)

function readFirstViewAhead(): void {
  const { view, id, query } = route.value
  if (id !== undefined) readStoryAhead(id)
  else if (view === 'requests') readListAhead(query)
}
