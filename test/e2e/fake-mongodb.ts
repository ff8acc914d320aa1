// A double of MongoDB's server: the wire protocol, and answers to the commands of the tests. It stores nothing.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { BSON } from 'mongodb'

export interface FakeMongoDb {
  /** `mongodb://127.0.0.1:port/test` */
  readonly url: string
  /** The commands that came, without those that keep the connection. */
  readonly commands: string[]
  stop(): Promise<void>
}

const opMessage = 2013
const opQuery = 2004
const opReply = 1

/** Starts it. The collection `broken` fails with the code 11000, `slow` answers after 1.5 s; each other answers after a few ms. */
export async function startFakeMongoDb(): Promise<FakeMongoDb> {
  const commands: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
        const length = received.readInt32LE(0)
        answer(socket, received.subarray(0, length), commands)
        received = received.subarray(length)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `mongodb://127.0.0.1:${port}/test`,
    commands,
    stop: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function answer(socket: Socket, message: Buffer, commands: string[]): void {
  const id = message.readInt32LE(4)
  const isQuery = message.readInt32LE(12) === opQuery
  // After the header: flags and the kind of the section; of the old form flags, name, skip and limit.
  const start = isQuery ? message.indexOf(0, 20) + 9 : 21
  const command = BSON.deserialize(message.subarray(start, start + message.readInt32LE(start)))
  const name = Object.keys(command)[0] ?? ''
  const isGreeting = /^(?:hello|ismaster|ping|endSessions)$/i.test(name)
  if (!isGreeting) commands.push(name)
  const send = (): void => {
    const reply = BSON.serialize(replyTo(name, command))
    const head = isQuery ? Buffer.alloc(20) : Buffer.alloc(5)
    if (isQuery) head.writeInt32LE(1, 16)
    socket.write(framed(Buffer.concat([head, reply]), id, isQuery ? opReply : opMessage))
  }
  if (isGreeting) send()
  else setTimeout(send, command[name] === 'slow' ? 1500 : 5)
}

function replyTo(name: string, command: Record<string, unknown>): BSON.Document {
  if (/^(?:hello|ismaster)$/i.test(name))
    return {
      ok: 1,
      isWritablePrimary: true,
      helloOk: true,
      minWireVersion: 0,
      maxWireVersion: 25,
      maxBsonObjectSize: 16_777_216,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      connectionId: 1,
    }
  if (command[name] === 'broken') return { ok: 0, code: 11000, codeName: 'DuplicateKey', errmsg: 'dup key: canary' }
  const cursor = { id: BSON.Long.ZERO, ns: `test.${command[name]}`, firstBatch: [{ _id: 1 }, { _id: 2 }] }
  return name === 'find' || name === 'aggregate' ? { ok: 1, cursor } : { ok: 1, n: 1, nModified: 1 }
}

function framed(body: Buffer, responseTo: number, opCode: number): Buffer {
  const header = Buffer.alloc(16)
  header.writeInt32LE(16 + body.length, 0)
  header.writeInt32LE(responseTo, 8)
  header.writeInt32LE(opCode, 12)
  return Buffer.concat([header, body])
}
