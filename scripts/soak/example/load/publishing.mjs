// Posts that are published at once, and those that a job publishes later; one in eight of these fails at every attempt.
import { accountOf } from '../http-client.mjs'

const published = { title: 'A post of the soak', content: 'Some content. '.repeat(50) }

export function publishing(clients) {
  let n = 0
  return async () => {
    const token = n++ % 2 === 0 ? 'acme-admin' : 'globex-user'
    const answer = await clients.ask('publish', 'POST', '/api/v1/publish', { token, body: JSON.stringify(published) })
    // After a second without a free core, a call to the site may take a connection that the site closes: 502.
    if (answer !== undefined && answer.status !== 201 && answer.status !== 502) {
      clients.book.fail(`publish: answered with ${answer.status}`)
    }
  }
}

export function jobs(clients) {
  let n = 0
  return async () => {
    const isBroken = ++n % 8 === 0
    const token = n % 2 === 0 ? 'acme-user' : 'globex-developer'
    const body = JSON.stringify({ ...published, title: isBroken ? '[broken] A post' : published.title })
    const answer = await clients.ask('job', 'POST', '/api/v1/publish?later=1', { token, body })
    if (answer === undefined) return
    if (answer.status !== 202) return clients.book.fail(`job: answered with ${answer.status}`)
    const { jobId } = JSON.parse(answer.text)
    clients.book.jobs.set(answer.headers['x-request-id'], { isBroken, account: accountOf(token) })
    const view = await clients.ask('job', 'GET', `/api/v1/jobs/${jobId}`, { token })
    if (view !== undefined && view.status !== 200) clients.book.fail(`job: its state was answered with ${view.status}`)
  }
}
