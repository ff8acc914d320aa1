import { render } from 'preact'
import { takeTokenOfAddress } from './api/client.js'
import { watchAccess } from './api/session.js'
import { App } from './app.js'
import { listenToKeys } from './state/keys.js'
import { showTheme } from './state/theme.js'
import './styles/index.css'

takeTokenOfAddress()
showTheme()
listenToKeys()
watchAccess()
const root = document.getElementById('app')
if (root !== null) render(<App />, root)
