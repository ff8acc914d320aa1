import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { SocketBytes } from './socket-bytes.js'

const at = (bytesRead?: number, bytesWritten?: number): Socket => ({ bytesRead, bytesWritten }) as Socket

describe('the bytes of an exchange', () => {
  test("are the growth of the socket's counters since the previous exchange", () => {
    const bytes = new SocketBytes(5, 7)
    bytes.begin()
    expect(bytes.end(at(15, 107))).toEqual({ readBytes: 10, writtenBytes: 100 })
    bytes.begin()
    expect(bytes.end(at(16, 109))).toEqual({ readBytes: 1, writtenBytes: 2 })
  })

  test('are unknown for exchanges that overlap, and known again after them', () => {
    const bytes = new SocketBytes(0, 0)
    bytes.begin()
    bytes.begin()
    expect([bytes.end(at(10, 10)), bytes.end(at(20, 20))]).toEqual([undefined, undefined])
    bytes.begin()
    expect(bytes.end(at(21, 22))).toEqual({ readBytes: 1, writtenBytes: 2 })
  })

  test('are unknown for a socket without counters', () => {
    const bytes = new SocketBytes(0, 0)
    bytes.begin()
    expect(bytes.end(at())).toBeUndefined()
  })
})
