// A server that takes inserts as ClickHouse does and keeps nothing: what lines cost the service must not depend on an engine beside it.
// Prints `listening PORT`. GET /lines tells how many lines came.
import { createServer } from 'node:http'

let lines = 0
const server = createServer(async (request, response) => {
  if (request.url === '/lines') return response.end(String(lines))
  let last = 0
  for await (const piece of request) {
    // Every line ends with } and a newline.
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) {
      if ((at === 0 ? last : piece[at - 1]) === 125) lines++
    }
    last = piece[piece.length - 1]
  }
  response.end()
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`))
process.once('disconnect', () => process.exit())
