// The panel that makes requests slow: each button sends what shows one kind of time in the request's story.
import { send } from './page.js'

const acme = { as: 'acme-admin', reader: 'operator' }
const text = 'A post that shows where time goes.'
const post = (title) => ({ title, content: text })

const scenes = {
  /** Six posts, and a query for each of them. */
  'slow-queries': async () => {
    for (let made = 0; made < 6; made++) await send('POST', '/api/v1/publish', post(`Post ${made + 1} of 6`), acme)
    await send('GET', '/api/v1/posts?naive=1', undefined, acme)
  },
  /** While globex exports, acme's request is ready and has to wait. */
  'slow-export': async () => {
    const held = send('GET', '/api/v1/work?cpuMs=5&waitMs=150', undefined, acme)
    await send('POST', '/api/v1/export?ms=600', undefined, { as: 'globex-developer', reader: 'operator' })
    await held
  },
  /** The site takes 700 ms to store the post. */
  'slow-site': () => send('POST', '/api/v1/publish', post('[slow] The site takes its time'), acme),
  /** The site refuses the post each time, so the job is attempted again until it is given up. */
  'slow-job': () => send('POST', '/api/v1/publish?later=1', post('[broken] The site refuses it'), acme),
}

for (const [id, run] of Object.entries(scenes)) {
  const button = document.getElementById(id)
  button.addEventListener('click', async () => {
    button.disabled = true
    await run().catch(() => {})
    button.disabled = false
  })
}
