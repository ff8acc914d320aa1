// The ways a call is made: each `(url) => body`, the answer read to its end.
import { createRequire } from 'node:module'

// Instrumentations patch what is required after them.
const http = createRequire(import.meta.url)('node:http')

export const clients = {
  fetch: async (url) => (await fetch(url)).json(),
  'http.request': (url) =>
    new Promise((resolve, reject) => {
      const request = http.request(url, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part) => {
          text += part
        })
        response.on('end', () => resolve(JSON.parse(text)))
      })
      request.on('error', reject)
      request.end()
    }),
}
