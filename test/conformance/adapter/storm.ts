import { setImmediate as turn } from 'node:timers/promises'
import type { Spoor } from 'spoor'
import { expect } from 'vitest'
import { type Answer, type Connection, requestText } from '../client.js'
import type { Account, RawRoute } from '../fixture.js'
import type { Line } from '../lines.js'
import { Random } from '../random.js'
import { idOf, type Note } from '../routes.js'
import { isRequestLine, repeated, type Service, until, wrongLines } from '../service.js'
import type { Case } from '../suite.js'

// Per adapter; with two adapters a thousand in a run.
const connections = 500
const atOnce = 50
const accounts = ['acme', 'globex', 'initech']

/** One request of the storm: its marker is in its URL, its header and its body, and nowhere else. */
interface Sent {
  readonly marker: string
  readonly account: string
  readonly text: string
  readonly body: string
}

/** What went wrong, counted; a storm has passed when all are 0. */
interface Count {
  requests: number
  answered: number
  wrongHeaders: number
  wrongBodies: number
  wrongUpgrades: number
}

function aRequest(random: Random, marker: string): Sent {
  const account = random.of(accounts)
  const body = `${marker} `.repeat(1 + random.below(50))
  const headers: Record<string, string> = {
    'X-Marker': marker,
    'X-Account': account,
    'X-Delay': String(random.below(4)),
    ...(random.below(2) === 0 && { 'X-Slow-Account': 'yes' }),
  }
  if (random.below(3) > 0)
    return { marker, account, body, text: requestText('/storm', { method: 'POST', headers, body }) }
  const chunked = requestText('/storm', { method: 'POST', headers: { ...headers, 'Transfer-Encoding': 'chunked' } })
  const half = Math.floor(body.length / 2)
  const chunks = [body.slice(0, half), body.slice(half)].filter(Boolean)
  const text = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
  return { marker, account, body, text: `${chunked}${text}0\r\n\r\n` }
}

/** A resolver that knows who it is at once or a turn later. */
const account: Account = (request) => {
  const said = request.headers['x-account']
  const identity = typeof said === 'string' ? { account: said } : undefined
  return request.headers['x-slow-account'] === undefined ? identity : turn(identity)
}

function stormRoute(spoor: Spoor, note: Note): RawRoute {
  return async (request, response) => {
    const { 'x-marker': marker, 'x-account': expectAccount, 'x-delay': delay } = request.headers
    const say = (message: string): void => note(response, message, { marker, expectAccount })
    say('handler')
    for (const event of ['end', 'close', 'error']) request.on(event, () => say(`request ${event}`))
    for (const event of ['finish', 'close']) response.on(event, () => say(`response ${event}`))
    let body = ''
    for await (const chunk of request) {
      body += String(chunk)
      say('chunk')
    }
    for (let left = Number(delay); left > 0; left--) await turn()
    setTimeout(() => say('after'), 1)
    await spoor.run({ name: 'inner' }, async () => {
      await turn()
      note(response, 'inner', { expect: spoor.context()?.requestId, expectParent: idOf(response), marker })
    })
    say('answering')
    const { requestId, account } = spoor.context() ?? {}
    const answer = JSON.stringify({ marker, body, id: idOf(response), requestId, account })
    response.write(answer, () => say('written'))
    response.end(() => say('ended'))
  }
}

/** What one connection does. Each returns when it is done with it. */
type Behaviour = (storm: Storm, connection: Connection) => Promise<void>

const behaviours: Record<string, Behaviour> = {
  async 'keep-alive'(storm, connection) {
    for (let left = 1 + storm.random.below(5); left > 0; left--) {
      const sent = storm.next()
      storm.check(sent, await connection.send(sent.text).answer())
    }
  },
  async pipelined(storm, connection) {
    const all = Array.from({ length: 2 + storm.random.below(5) }, () => storm.next())
    connection.send(all.map((sent) => sent.text).join(''))
    for (const sent of all) storm.check(sent, await connection.answer())
  },
  async split(storm, connection) {
    const sent = storm.next()
    await connection.sendSplit(sent.text)
    storm.check(sent, await connection.answer())
  },
  async 'cut anywhere'(storm, connection) {
    const all = [storm.next(), storm.next()]
    const text = all.map((sent) => sent.text).join('')
    for (let at = 0; at < text.length; ) {
      const size = 1 + storm.random.below(120)
      connection.send(text.slice(at, at + size))
      at += size
      await turn()
    }
    for (const sent of all) storm.check(sent, await connection.answer())
  },
  async aborted(storm, connection) {
    const all = Array.from({ length: 1 + storm.random.below(4) }, () => storm.next())
    const text = all.map((sent) => sent.text).join('')
    connection.send(text.slice(0, 1 + storm.random.below(text.length)))
    for (let left = storm.random.below(6); left > 0; left--) await turn()
    connection.drop()
  },
  async upgraded(storm, connection) {
    await behaviours['keep-alive']?.(storm, connection)
    const { marker, account } = storm.next()
    const headers = { Connection: 'Upgrade', Upgrade: 'echo', 'X-Marker': marker, 'X-Account': account }
    connection.send(requestText('/live', { headers }))
    const { status, id } = await connection.answer()
    if (status !== 101) storm.count.wrongUpgrades++
    for (let left = 3; left > 0; left--) {
      const said = await connection.send('hello').text(id.length)
      if (said !== id) storm.count.wrongUpgrades++
    }
    connection.drop()
  },
  async malformed(storm, connection) {
    await behaviours['keep-alive']?.(storm, connection)
    const answer = await connection.send('nonsense\r\n\r\n').answer()
    if (answer.json()['requestId'] !== answer.id) storm.count.wrongBodies++
  },
}

class Storm {
  readonly random: Random
  readonly count: Count = { requests: 0, answered: 0, wrongHeaders: 0, wrongBodies: 0, wrongUpgrades: 0 }
  /** The id that each marker's client saw. */
  readonly ids = new Map<string, string>()

  constructor(seed: number) {
    this.random = new Random(seed)
  }

  next(): Sent {
    return aRequest(this.random, `m${this.count.requests++}`)
  }

  check({ marker, account, body }: Sent, answer: Answer): void {
    this.count.answered++
    this.ids.set(marker, answer.id)
    const said = answer.json()
    if (said['id'] !== answer.id || said['requestId'] !== answer.id) this.count.wrongHeaders++
    if (said['marker'] !== marker || said['body'] !== body || said['account'] !== account) this.count.wrongBodies++
  }

  async blow(service: Service): Promise<void> {
    const names = Object.keys(behaviours)
    let left = connections
    const worker = async (): Promise<void> => {
      while (left-- > 0) {
        const behave = behaviours[this.random.of(names)] as Behaviour
        const connection = await service.connect()
        await behave(this, connection)
        connection.drop()
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
  }
}

/** The ids of all requests that began, whether or not their client saw an answer. */
function begun(lines: readonly Line[]): Set<string> {
  return new Set(
    lines.filter((line) => 'marker' in line && line.message !== 'inner').map((line) => String(line['expect'])),
  )
}

function wrongMarkers(storm: Storm, lines: readonly Line[]): Line[] {
  return lines.filter((line) => {
    const id = storm.ids.get(String(line['marker']))
    return id !== undefined && id !== (line.message === 'inner' ? line.parentId : line.requestId)
  })
}

export const storm: readonly Case[] = [
  {
    row: 'B15',
    says: 'no header, body or line has a wrong id or account among many pipelined, aborted, upgraded, malformed and split requests',
    withinMs: 120_000,
    service: {
      account,
      raw: (spoor, note) => ({ '/storm': stormRoute(spoor, note) }),
      onServer: (server, spoor, note) => {
        server.on('upgrade', (request, socket) => {
          const id = spoor.context()?.requestId
          const say = (message: string): void => note({ expect: id }, message, { marker: request.headers['x-marker'] })
          say('handler')
          const head = `HTTP/1.1 101 ContextSwitchListener\r\nX-Request-ID: ${id}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`
          socket.write(head)
          socket.on('data', () => {
            say('socket data')
            socket.write(String(spoor.context()?.requestId))
          })
          socket.on('end', () => socket.end())
          socket.on('error', () => {})
          socket.on('close', () => say('socket close'))
        })
      },
    },
    async run(service) {
      const seed = Number(process.env['SPOOR_SEED'] ?? Date.now() % 2 ** 32)
      console.log(`the storm's seed: SPOOR_SEED=${seed}`)
      const blown = new Storm(seed)
      await blown.blow(service)
      const lines = await until('a request line for each request that began', async () => {
        const all = await service.lines()
        const ended = new Set(all.filter(isRequestLine).map((line) => String(line.requestId)))
        return [...begun(all)].every((id) => ended.has(id)) ? all : undefined
      })
      const requestLines = lines.filter(isRequestLine)
      const { requests, answered, ...wrong } = blown.count
      console.log(`${requests} requests, ${answered} of them answered, ${lines.length} lines`)
      expect({
        ...wrong,
        wrongLines: wrongLines(lines).length,
        wrongMarkers: wrongMarkers(blown, lines).length,
        wrongAccounts: lines.filter((line) => 'expectAccount' in line && line.account !== line['expectAccount']).length,
        lost: requestLines.filter((line) => line['contextLost']).length,
        twice: repeated(requestLines.map((line) => String(line.requestId))).length,
      }).toEqual({
        wrongHeaders: 0,
        wrongBodies: 0,
        wrongUpgrades: 0,
        wrongLines: 0,
        wrongMarkers: 0,
        wrongAccounts: 0,
        lost: 0,
        twice: 0,
      })
      // It did blow.
      expect(answered).toBeGreaterThan(connections)
      expect(requests).toBeGreaterThan(answered)
      expect(lines.length).toBeGreaterThan(answered * 8)
    },
  },
]
