import { createRequire } from 'node:module'
import type express from 'express'
import { spoorExpress4 } from 'spoor/express4'
import { appOf } from './express.js'
import type { Fixture } from './fixture.js'

// Its types are those of Express 5.
export const express4 = createRequire(import.meta.url)('express4') as typeof express

export const express4Fixture: Fixture = {
  name: 'Express 4',
  adapter: 'spoor/express4',
  lacks: { 'HTTP/2': 'Express 4 does not serve node:http2' },
  serve: (parts) => parts.create(appOf({ express: express4, mountOf: spoorExpress4 }, parts)),
}
