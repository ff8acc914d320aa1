// npm run pictures:terminal: pictures of the example on a terminal, for docs/logs.md. Needs tmux.
// The service runs in a real terminal of 120 columns; what it shows becomes text in an SVG, dark and light.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { root } from './child.mjs'
import { buildExample, buildPackage, installPackages, orExit, StepFailed } from './prepare.mjs'
import { svgOf } from './terminal-svg.mjs'

const { values: options } = parseArgs({
  options: {
    columns: { type: 'string', default: '120' },
    to: { type: 'string', default: join(root, 'docs/pictures') },
  },
})

const as = (user) => ({ authorization: `Bearer ${user}` })
const post = (user, body) => ({ method: 'POST', headers: { ...as(user), 'content-type': 'application/json' }, body })

// Nothing listens at the site of acme, so that a failure has a cause.
const site = (port) =>
  [
    `WORDPRESS_URL=http://127.0.0.1:${port}`,
    'WORDPRESS_USER=a',
    'WORDPRESS_APP_PASSWORD=b',
    `WORDPRESS_WEBHOOK_SECRET=whsec_${Buffer.alloc(24).toString('base64')}`,
  ].join(' ')

/** @type {[string, RequestInit][]} */
const requests = [
  ['/api/v1/posts', { headers: as('globex-developer') }],
  ['/api/v1/publish', post('globex-developer', '{"title":"Hello","content":"First post"}')],
  ['/api/v1/publish', post('globex-developer', '{"title":"Hello"}')],
  ['/api/v1/publish', post('acme-admin', '{"title":"Hello","content":"First post"}')],
  ['/api/v1/work?cpuMs=20&waitMs=1100', { headers: as('acme-admin') }],
]

await orExit(async () => {
  await installPackages()
  await buildPackage()
  await buildExample()
  const shown = await showExample(Number(options.columns))
  mkdirSync(options.to, { recursive: true })
  for (const theme of ['dark', 'light']) {
    writeFileSync(join(options.to, `terminal-${theme}.svg`), svgOf(shown, Number(options.columns), theme))
  }
})

/** What the example's terminal shows after some requests, with its colours as escape sequences. */
async function showExample(columns) {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-pictures-'))
  const tmux = (...args) =>
    execFileSync('tmux', ['-S', join(directory, 'tmux'), '-f', '/dev/null', ...args], { encoding: 'utf8' })
  const port = await freePort()
  try {
    const command = `TERM=xterm-256color ${site(await freePort())} PORT=${port} LOG_DIR=${directory} exec node examples/publisher/dist/main.js`
    tmux('new-session', '-d', '-c', root, '-x', String(columns), '-y', '100', command)
    const url = `http://127.0.0.1:${port}`
    await answering(url)
    // Without the start message.
    tmux('send-keys', '-R')
    for (const [path, init] of requests) await (await fetch(`${url}${path}`, init)).text()
    return await shownWith(() => tmux('capture-pane', '-p', '-e'), /SLOW/)
  } finally {
    tmux('kill-server')
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Waits until the service answers. */
async function answering(url) {
  for (let tries = 0; tries < 200; tries++) {
    if (await fetch(url).catch(() => undefined)) return
    await sleep(50)
  }
  throw new StepFailed(`the example does not answer at ${url}`)
}

/** Reads the terminal until it shows the last of the requests. */
async function shownWith(read, last) {
  for (let tries = 0; tries < 200; tries++) {
    const shown = read()
    if (last.test(shown)) return shown
    await sleep(50)
  }
  throw new StepFailed(`the terminal does not show ${last}`)
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
      server.close(() => resolve(port))
    })
  })
}
