import '../testing/log-directory.js'
import { expect, test, vi } from 'vitest'
import { publishingLater, publishLaterAs } from '../testing/later.js'
import { linesOf, start, WAITING } from '../testing/publisher.js'
import { startSite } from '../testing/site.js'

publishingLater('in this process', () => ({}))

test('a job that waits when its process ends is logged as lost', async () => {
  const wordpress = await startSite((_, res) => res.writeHead(500).end('{}'))
  const publisher = await start({ wordpress, jobBackoffMs: 600_000 })
  const { json } = await publishLaterAs(publisher, 'acme-user')
  await vi.waitFor(() => expect(wordpress.received).toHaveLength(1), WAITING)
  await publisher.close()
  const lines = await linesOf('publish_sync.log', String(json.jobId))
  expect(lines.at(-1)).toMatchObject({ level: 'warn', account: 'acme', message: expect.stringMatching(/ends before/) })
})

test('a job whose attempt fails while its process ends is logged as lost and not retried', async () => {
  let fail = (): void => {}
  const wordpress = await startSite((_, res) => {
    fail = () => res.writeHead(500).end('{}')
  })
  const publisher = await start({ wordpress, jobBackoffMs: 600_000 })
  const { json } = await publishLaterAs(publisher, 'acme-user')
  await vi.waitFor(() => expect(wordpress.received).toHaveLength(1), WAITING)
  const closed = publisher.close()
  await new Promise((resolve) => setTimeout(resolve, 100))
  fail()
  await closed
  const [attempt] = (await linesOf('requests.jsonl')).filter(({ requestId }) => requestId === json.jobId)
  expect(attempt).toMatchObject({ attempt: 1, level: 'error', willRetry: false })
  const lines = await linesOf('publish_sync.log', String(json.jobId))
  expect(lines.at(-1)).toMatchObject({ level: 'warn', account: 'acme', message: expect.stringMatching(/ends before/) })
})
