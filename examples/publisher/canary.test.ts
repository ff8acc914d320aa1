// Secrets are planted wherever a caller, an operator or WordPress can put one; then every log file and the console of
// the running service is searched for them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { deadAddress, startSite } from './testing/site.js'

const START = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url))
const APP_PASSWORD = 'cAn4 RyPw 0rdS tAyS hiDd eN77'
const CREDENTIALS = Buffer.from(`admin:${APP_PASSWORD}`).toString('base64')

/** What WordPress and its plugins really put into their answers: what they were sent. */
const TELLTALE = [
  { code: 'rest_not_logged_in', message: `wrong password "${APP_PASSWORD}"`, data: { status: 401 } },
  {
    code: 'db_error',
    message: 'mysql://wp:canary-db@db/wordpress is gone',
    data: { status: 500, password: 'canary-data' },
  },
  {
    code: 'proxy',
    message: `Authorization: Basic ${CREDENTIALS}\nCookie: wordpress_sec=canary-cookie`,
    data: { status: 403 },
  },
  { code: 'oauth', message: 'GET https://idp.example/cb?access_token=canary-oauth failed', data: { status: 400 } },
]

test('no planted secret reaches a log file or the console', { timeout: 120_000 }, async () => {
  let asked = 0
  const site = await startSite((_, response) => {
    const answer = TELLTALE[asked++ % TELLTALE.length]
    response.writeHead(answer?.data.status ?? 500, {
      'content-type': 'application/json',
      'set-cookie': 'session=canary-set',
    })
    response.end(JSON.stringify(answer))
  })
  const service = await started({
    // Nothing listens there, so that the driver's errors are in the logs.
    DATABASE_URL: `postgres://publisher:canary-database@${new URL(await deadAddress()).host}/posts`,
    WORDPRESS_URL: site.url,
    WORDPRESS_USER: 'admin',
    WORDPRESS_APP_PASSWORD: APP_PASSWORD,
    WORDPRESS_WEBHOOK_SECRET: `whsec_${Buffer.from('canary-webhook-secret-of-32-bytes').toString('base64')}`,
  })

  const ids = await plantEverywhere(service.url)
  const logged = await service.stop()

  // Each planted request left its line, so there was something to search.
  for (const id of ids) expect(logged).toContain(id)
  expect(logged).toContain('wordpress_refused_credentials')
  expect(logged).toContain('ECONNREFUSED')
  for (const secret of [/canary/i, APP_PASSWORD, APP_PASSWORD.replaceAll(' ', ''), CREDENTIALS, 'hunter2']) {
    expect(logged).not.toMatch(secret)
  }
})

/** @returns the id of each request */
async function plantEverywhere(url: string): Promise<string[]> {
  const secrets = {
    authorization: 'Bearer canary-bearer-0123456789',
    'proxy-authorization': 'Basic Y2FuYXJ5OmNhbmFyeQ==',
    cookie: 'session=canary-session; theme=dark',
    'x-api-key': 'canary-api-key',
    'x-request-id': 'password=canary-id',
  }
  const admin = { authorization: 'Bearer acme-admin', 'content-type': 'application/json' }
  const publish = (body: string): Promise<Response> =>
    fetch(`${url}/api/v1/publish`, { method: 'POST', headers: admin, body })
  const answers = [
    await fetch(`${url}/api/v1/posts?naive=1&password=canary-naive`, { headers: admin }),
    await fetch(`${url}/api/v1/posts?token=canary-query&access_token=canary-query`, { headers: secrets }),
    await fetch(`${url}/reset/password=canary-path?secret=canary`, { headers: secrets }),
    await publish('{"password": hunter2, "title": "x"}'),
    await publish('{"title":"x","password":"canary-body","content":7}'),
    await publish('hunter2'),
    await fetch(`${url}/api/v1/webhooks/wordpress`, {
      method: 'POST',
      headers: { 'webhook-id': 'msg_1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,Y2FuYXJ5LXNpZ25hdHVyZQ==' },
      body: '{"token":"canary-webhook"}',
    }),
  ]
  // Once for each thing the site tells.
  for (const _ of TELLTALE) answers.push(await publish('{"title":"A title","content":"Some content"}'))
  return answers.map((answer) => String(answer.headers.get('x-request-id')))
}

interface Service {
  url: string
  /** Ends it. @returns all it wrote: its files, standard output and standard error */
  stop(): Promise<string>
}

async function started(env: Record<string, string>): Promise<Service> {
  const logDirectory = mkdtempSync(join(tmpdir(), 'publisher-planted-'))
  const child: ChildProcess = spawn(process.execPath, [START], {
    env: { ...process.env, PORT: '0', LOG_DIR: logDirectory, ...env },
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(logDirectory, { recursive: true, force: true })
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  const ended = once(child, 'close')
  const url = await vi.waitFor(
    () => {
      const found = /Demo page\s+(http:\S+?)\/\s/.exec(output)?.[1]
      if (found === undefined) throw new Error(`no address in: ${output}`)
      return found
    },
    { timeout: 60_000, interval: 20 },
  )
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      const files = readdirSync(logDirectory).map((file) => readFileSync(join(logDirectory, file), 'utf8'))
      return [output, ...files].join('\n')
    },
  }
}
