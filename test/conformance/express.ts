import { Readable } from 'node:stream'
import cors from 'cors'
import express, { type Express, type RequestHandler } from 'express'
import { corsHeaders, type Spoor } from 'spoor'
import { type SpoorExpress, spoorExpress } from 'spoor/express'
import { failing } from './failing.js'
import type { Fixture, Parts } from './fixture.js'

export const express5: Fixture = {
  name: 'Express 5',
  adapter: 'spoor/express',
  lacks: { 'HTTP/2': 'Express 5 does not serve node:http2' },
  serve: (parts) => parts.create(appOf({ express, mountOf: spoorExpress }, parts)),
}

/** A version of Express and its adapter. */
export interface Version {
  readonly express: typeof express
  readonly mountOf: typeof spoorExpress
}

export function appOf(version: Version, parts: Parts): Express {
  const { spoors, nested, account, errorsFirst, inspector, cors: wantsCors, raw } = parts
  const app = version.express()
  const mounts = spoors.map((spoor) => version.mountOf(spoor, { account }))
  const inspect = (mounts[0] as SpoorExpress).inspector
  if (inspector === 'before') app.use('/_spoor', inspect)
  for (const mount of mounts) app.use(mount)
  if (errorsFirst) for (const mount of mounts) app.use(mount.errors)
  if (wantsCors !== undefined) app.use(corsPackage())
  if (inspector === 'after') app.use('/_spoor', inspect)
  for (const [path, route] of Object.entries(raw)) app.all(path, (request, response) => route(request, response))
  addRoutes(version.express, app, spoors[0] as Spoor)
  if (nested !== undefined) app.use('/nested', innerApp(version, nested))
  for (const mount of [...mounts].reverse()) app.use(mount.errors)
  return app
}

function innerApp({ express, mountOf }: Version, spoor: Spoor): Express {
  const app = express()
  const mount = mountOf(spoor)
  app.use(mount)
  app.get('/users/:id', (request, response) => void response.json({ user: request.params.id }))
  app.use(mount.errors)
  return app
}

function corsPackage(): RequestHandler {
  return cors({
    origin: 'https://page.test',
    exposedHeaders: ['X-Own', ...corsHeaders.exposed],
    allowedHeaders: ['Content-Type', ...corsHeaders.allowed],
  })
}

function addRoutes({ json }: typeof express, app: Express, spoor: Spoor): void {
  app.get('/json', (_, response) => {
    const { requestId, account } = spoor.context() ?? {}
    response.json({ id: requestId, account })
  })
  app.put('/json', (_, response) => void response.status(405).set('Allow', 'GET').json({ error: 'no' }))
  app.post('/body', json({ limit: 1024 }), (request, response) => void response.json(request.body))
  for (const [path, fail] of Object.entries(failing)) app.get(path, fail)
  app.get('/throw-teapot', () => {
    throw Object.assign(new Error('short and stout'), { status: 418, expose: true })
  })
  app.get('/throw-late', async (_, response) => {
    await new Promise((written) => response.write('half', written))
    throw new Error('secret')
  })
  app.get('/empty', (_, response) => void response.status(204).end())
  app.get('/not-modified', (_, response) => void response.status(304).end())
  app.get('/redirect', (_, response) => response.redirect('/json'))
  app.get('/stream', (_, response) => void Readable.from(['one ', 'two ', 'three']).pipe(response))
  app.get('/cleared', (_, response) => {
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    response.json({ cleared: true })
  })
  app.get('/users/:id', (request, response) => void response.json({ user: request.params.id }))
}
