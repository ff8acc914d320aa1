import 'reflect-metadata'
import type { Server } from 'node:http'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import type { FastifyReply } from 'fastify'
import type { Fixture } from './fixture.js'
import { corsOptions, moduleOf, type Platform } from './nest.js'

export const nestFastify: Fixture = {
  name: 'NestJS on Fastify',
  adapter: 'spoor/nest (Fastify)',
  lacks: {
    'an error handler before the routes': 'SpoorModule has no error handler to mount',
    'an app within an app': 'an application of NestJS on Fastify cannot be mounted in another',
  },
  serve: async (parts) => {
    let server: Server | undefined
    const fastify = new FastifyAdapter({
      bodyLimit: 1024,
      serverFactory: (handler: Parameters<typeof parts.create>[0]) => {
        server = parts.create(handler)
        return server
      },
    } as never)
    const app = await NestFactory.create<NestFastifyApplication>(moduleOf(parts, platform), fastify, {
      logger: false,
      abortOnError: false,
    })
    if (parts.cors !== undefined) app.enableCors(corsOptions)
    // Bodies of other types are read by the routes themselves.
    app
      .getHttpAdapter()
      .getInstance()
      .addContentTypeParser('*', (_, __, done) => done(null))
    await app.init()
    await app.getHttpAdapter().getInstance().ready()
    return server as Server
  },
}

const platform: Platform = {
  rawOf: (of) => (of as { raw: never }).raw,
  takeOver: (response) => void (response as FastifyReply).hijack(),
}
