// The service that is called, in a process of its own. Tells its port; ends when its parent lets go of it.
//   /wait/NAME/MS     answers after MS, with the times (CLOCK_MONOTONIC, in ms) it had the call and gave the answer
//   everything else   a small body at once
import { createServer } from 'node:http'

const server = createServer(({ url, headers }, response) => {
  const [, kind, , ms] = url.split('/')
  if (kind === 'wait') return answerLater(response, Number(ms))
  answer(response, { id: 8841, status: 'publish', link: '/autumn-range-2', traced: headers.traceparent !== undefined })
})
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('disconnect', () => process.exit(0))

function answerLater(response, ms) {
  const from = performance.timeOrigin + performance.now()
  setTimeout(() => answer(response, { from, to: performance.timeOrigin + performance.now() }), ms)
}

function answer(response, body) {
  const text = JSON.stringify(body)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length })
  response.end(text)
}
