import { get } from 'node:http'
import { connect } from 'node:net'
import multer from 'multer'
import type { Spoor } from 'spoor'
import { expect, onTestFinished } from 'vitest'
import type { Answer } from '../client.js'
import type { RawRoute } from '../fixture.js'
import { CallbackLoader, CallbackPool } from '../pools.js'
import type { Note } from '../routes.js'
import { idOf } from '../routes.js'
import type { Service, Wanted } from '../service.js'
import type { Case } from '../suite.js'

/** Something that calls back later: `ask(text, callback)`. */
type Asking = (text: string, callback: (answer: string) => void) => void

// One for all cases of the file would do; each opens its own, so that who asks first is known.
const pools = new WeakMap<Spoor, CallbackPool>()
const loaders = new WeakMap<Spoor, CallbackLoader>()

const libraries: Record<string, (spoor: Spoor) => Asking> = {
  'a pool with callbacks': (spoor) => (text, callback) => pools.get(spoor)?.query(text, callback),
  'a batching loader with callbacks': (spoor) => {
    const loader = loaders.get(spoor) ?? new CallbackLoader()
    loaders.set(spoor, loader)
    return (text, callback) => loader.load(text, callback)
  },
}

/** Routes that answer from the callback; what they log there says which context it is in. */
function routes(asking: (spoor: Spoor) => Asking): Wanted['raw'] {
  return (spoor: Spoor, note: Note): Record<string, RawRoute> => {
    const answer: (bound: boolean) => RawRoute = (bound) => (_, response) => {
      const done = (): void => {
        const own = idOf(response)
        const current = spoor.context()?.requestId
        if (bound) note(response, 'in the callback')
        response.end(current === own ? 'own' : 'lost')
      }
      asking(spoor)('select 1', bound ? spoor.bind(done) : done)
    }
    return { '/unbound': answer(false), '/bound': answer(true) }
  }
}

/** Two requests at once: the second's callback comes from the first one's context. */
async function twoAtOnce(service: Service, path: string): Promise<[Answer, Answer]> {
  const pool = await CallbackPool.open()
  pools.set(service.spoor, pool)
  onTestFinished(() => pool.close())
  const first = service.ask(path)
  const second = service.ask(path)
  return Promise.all([first, second])
}

function loses(library: string): Case[] {
  const asking = libraries[library] as (spoor: Spoor) => Asking
  const warned = async (service: Service): Promise<unknown[]> =>
    (await service.lines()).filter((line) => line.level === 'warn').map((line) => line.message)
  // The third request is called back in the context of the first, which has ended: test/unknown-context.test.ts.
  const ofLost = async (service: Service): Promise<unknown[]> =>
    (await warned(service)).filter((message) => !String(message).includes('contextUnknown'))
  return [
    {
      row: 'B15',
      says: `${library} loses the context: the request line has contextLost, and one warning names the fix`,
      service: { raw: routes(asking) as never },
      async run(service) {
        const answers = await twoAtOnce(service, '/unbound')
        const lost = answers.filter((answer) => answer.body === 'lost')
        expect(lost.length).toBe(1)
        for (const answer of answers) {
          const line = await service.requestLine(answer.id)
          expect(line['contextLost']).toBe(answer.body === 'lost' ? true : undefined)
        }
        await service.ask('/unbound')
        expect(await ofLost(service)).toEqual([expect.stringMatching(/context was lost in GET \/unbound.*spoor\.bind/)])
      },
    },
    {
      row: 'B15',
      says: `${library} keeps the context through spoor.bind`,
      service: { raw: routes(asking) as never },
      async run(service) {
        for (const answer of await twoAtOnce(service, '/bound')) {
          expect(answer.body).toBe('own')
          expect(await service.requestLine(answer.id)).not.toHaveProperty('contextLost')
          await service.linesOf(answer.id, (lines) => lines.some((line) => line.message === 'in the callback'))
        }
        expect(await warned(service)).toEqual([])
      },
    },
  ]
}

export const lost: readonly Case[] = [
  ...Object.keys(libraries).flatMap(loses),
  {
    row: 'B15',
    says: 'a file upload through multer keeps the context, also in its callbacks',
    service: {
      raw: (_, note) => ({
        '/upload': (request, response) => {
          const upload = multer({
            storage: multer.memoryStorage(),
            fileFilter: (_request, _file, done) => {
              note(response, 'multer asks for the file')
              done(null, true)
            },
          }).single('file')
          upload(request as never, response as never, () => {
            note(response, 'multer is done')
            response.end(String((request as { file?: { size?: number } }).file?.size))
          })
        },
      }),
    },
    async run(service) {
      const part = 'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain'
      const body = `--cut\r\n${part}\r\n\r\n${'x'.repeat(100_000)}\r\n--cut--\r\n`
      const headers = { 'Content-Type': 'multipart/form-data; boundary=cut' }
      const answer = await service.ask('/upload', { method: 'POST', headers, body })
      expect(answer.body).toBe('100000')
      expect(await service.requestLine(answer.id)).not.toHaveProperty('contextLost')
      const lines = await service.linesOf(answer.id, (all) => all.some((line) => line.message === 'multer is done'))
      expect(lines.map((line) => line.message)).toContain('multer asks for the file')
    },
  },
  {
    row: 'B15',
    says: 'a proxied response over kept-alive connections keeps the context',
    service: {
      raw: (_, note) => ({
        '/proxied': (request, response) => {
          const { localPort: port } = request.socket
          get({ port, host: '127.0.0.1', path: '/stream' }, (upstream) => {
            note(response, 'upstream answered')
            upstream.on('end', () => note(response, 'upstream ended'))
            upstream.pipe(response)
          })
        },
      }),
    },
    async run(service) {
      const answers = await Promise.all(Array.from({ length: 8 }, () => service.ask('/proxied')))
      answers.push(await service.ask('/proxied'))
      for (const answer of answers) {
        expect(answer.body).toBe('one two three')
        expect(await service.requestLine(answer.id)).not.toHaveProperty('contextLost')
      }
    },
  },
  {
    row: 'B15',
    says: 'a socket that a request opens keeps the context',
    service: {
      raw: (_, note) => ({
        '/socket': (request, response) => {
          const socket = connect(request.socket.localPort as number, '127.0.0.1')
          socket.on('data', () => {
            note(response, 'socket data')
            socket.destroy()
            response.end('x')
          })
          socket.write('nonsense\r\n\r\n')
        },
      }),
    },
    async run(service) {
      const answer = await service.ask('/socket')
      expect(await service.requestLine(answer.id)).not.toHaveProperty('contextLost')
    },
  },
]
