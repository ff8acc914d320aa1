import { expect } from 'vitest'
import { requestText } from '../client.js'
import type { Service, Wanted } from '../service.js'
import type { Case } from '../suite.js'

const uuid = /^[0-9a-f-]{36}$/
const longest = 'a'.repeat(200)

/** What becomes of an inbound id: the request's id, what is kept of the caller's, and that the line says the same. */
async function sent(service: Service, lines: string): Promise<{ id: string; kept: unknown; parserSaid?: number }> {
  const connection = await service.connect()
  const answer = await connection.send(`GET /json HTTP/1.1\r\nHost: service.test\r\n${lines}\r\n`).answer()
  const line = await service.requestLine(answer.id)
  if (answer.status === 200) expect(answer.json()['id']).toBe(answer.id)
  return { id: answer.id, kept: line['clientRequestId'], ...(answer.status !== 200 && { parserSaid: answer.status }) }
}

function trusted(says: string, trust: readonly string[] | boolean, believed: boolean): Case {
  return {
    row: 'S1',
    says,
    service: { spoor: { requestId: { trust } } },
    async run(service) {
      const { id, kept } = await sent(service, 'X-Request-ID: from-outside-1\r\n')
      if (believed) expect([id, kept]).toEqual(['from-outside-1', undefined])
      else expect([uuid.test(id), kept]).toEqual([true, 'from-outside-1'])
    },
  }
}

/** As `trusted`, for a connection that seems to come from `address`. */
function from(says: string, address: string | undefined, range: string, believed: boolean): Case {
  const { service, ...rest } = trusted(says, [range], believed)
  const onServer: Wanted['onServer'] = (server) =>
    server.on('connection', (socket) => Object.defineProperty(socket, 'remoteAddress', { value: address }))
  return { ...rest, service: { ...service, onServer } }
}

function shape(says: string, lines: string, expected: { id?: string; kept?: string; parserSaid?: number }): Case {
  return {
    row: 'S1',
    says,
    service: { spoor: { requestId: { trust: true } } },
    async run(service) {
      const { id, kept, parserSaid } = await sent(service, lines)
      if (expected.id === undefined) expect(id).toMatch(uuid)
      else expect(id).toBe(expected.id)
      expect({ kept, parserSaid }).toEqual({ kept: expected.kept, parserSaid: expected.parserSaid })
      // The service lives on.
      expect((await service.ask('/json')).status).toBe(200)
    },
  }
}

export const inbound: readonly Case[] = [
  trusted('an inbound id is not trusted by default, and is kept as clientRequestId', false, false),
  trusted('trust: true accepts an inbound id from every address', true, true),
  trusted('an inbound id is accepted from a listed address', ['10.0.0.7', '127.0.0.1'], true),
  trusted('an inbound id is accepted from a listed range', ['127.0.0.0/8'], true),
  trusted('an inbound id is refused from outside the listed ranges', ['10.0.0.0/8', 'fd00::/8'], false),
  trusted('an empty list accepts an inbound id from no address', [], false),
  trusted(
    'an IPv6 range smaller than the whole network does not trust IPv4 addresses',
    ['2000::/3', 'fd00::/8'],
    false,
  ),
  shape('an id of all allowed characters is accepted', 'X-Request-ID: Az09._:@/+=~-\r\n', { id: 'Az09._:@/+=~-' }),
  shape('an id of 200 characters is accepted', `X-Request-ID: ${longest}\r\n`, { id: longest }),
  shape('an id of 201 characters is refused, and kept up to 200 characters', `X-Request-ID: ${longest}b\r\n`, {
    kept: longest,
  }),
  shape(
    'an id of 10,000 characters is refused, and kept up to 200 characters',
    `X-Request-ID: ${'a'.repeat(10_000)}\r\n`,
    {
      kept: longest,
    },
  ),
  shape('an empty id is ignored', 'X-Request-ID:\r\n', {}),
  shape('an id of spaces is ignored', 'X-Request-ID:    \r\n', {}),
  shape('an id with spaces inside is refused, and kept sanitised', 'X-Request-ID: a b\r\n', { kept: 'a?b' }),
  shape('an id with markup is refused, and kept sanitised', 'X-Request-ID: <b>"\'\r\n', { kept: '?b???' }),
  shape('an id with an emoji is refused, and kept sanitised', 'X-Request-ID: a\u{1f600}b\r\n', { kept: 'a????b' }),
  shape('several id headers are refused', 'X-Request-ID: a\r\nX-Request-ID: b\r\n', { kept: 'a??b' }),
  shape('the same id header twice is refused', 'X-Request-ID: a\r\nX-Request-ID: a\r\n', { kept: 'a??a' }),
  shape('the parser refuses a NUL in the id, and the response has a new id', 'X-Request-ID: a\0b\r\n', {
    parserSaid: 400,
  }),
  shape('the parser refuses a bare CR in the id, and the response has a new id', 'X-Request-ID: a\rX-Evil: 1\r\n', {
    parserSaid: 400,
  }),
  shape('a bare LF in the id does not add a response header', 'X-Request-ID: a\nX-Request-ID: b\r\n', {
    parserSaid: 400,
  }),
  {
    row: 'S1',
    says: 'an accepted id that comes twice has two request lines',
    service: { spoor: { requestId: { trust: true } } },
    async run(service) {
      for (let i = 0; i < 2; i++) await service.ask('/json', { headers: { 'X-Request-ID': 'same' } })
      const lines = await service.requestLines(2)
      expect(lines.map((line) => line.requestId)).toEqual(['same', 'same'])
      expect(new Set(lines.map((line) => line['id'])).size).toBe(2)
    },
  },
  from(
    'an IPv4 address that a dual-stack socket shows as IPv6 matches an IPv4 range',
    '::ffff:10.1.2.3',
    '10.0.0.0/8',
    true,
  ),
  from(
    'an IPv4 address outside the range does not match when it is shown as IPv6',
    '::ffff:11.1.2.3',
    '10.0.0.0/8',
    false,
  ),
  from('an inbound id is accepted from an address in a listed IPv6 range', 'fd12::7', 'fd00::/8', true),
  from('an inbound id is refused from outside the listed IPv6 range', '2001:db8::7', 'fd00::/8', false),
  from('an IPv6 address with a zone matches a range without one', 'fe80::1%eth0', 'fe80::/10', true),
  from('a connection without an address, such as a Unix socket, matches no range', undefined, '0.0.0.0/0', false),
  {
    row: 'S1',
    says: '64 KB of headers get a 431 with an id, and the service keeps running',
    async run(service) {
      const connection = await service.connect()
      connection.send(requestText('/json', { headers: { 'X-Large': 'a'.repeat(65_536) } }))
      const answer = await connection.answer()
      expect([answer.status, answer.json()['requestId']]).toEqual([431, answer.id])
      expect((await service.ask('/json')).status).toBe(200)
    },
  },
]
