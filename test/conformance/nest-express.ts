import 'reflect-metadata'
import { Controller, Get, Module, Param } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express'
import type { Spoor } from 'spoor'
import { SpoorModule } from 'spoor/nest'
import type { Fixture, Parts } from './fixture.js'
import { corsOptions, decorate, moduleOf, type Platform } from './nest.js'

export const nestExpress: Fixture = {
  name: 'NestJS on Express',
  adapter: 'spoor/nest (Express)',
  lacks: {
    'HTTP/2': 'Express 5 does not serve node:http2',
    'an error handler before the routes': 'SpoorModule has no error handler to mount',
  },
  serve: async (parts) => {
    const app = await appOf(parts)
    return parts.create(app.getHttpAdapter().getInstance())
  },
}

const platform: Platform = { rawOf: (of) => of as never, takeOver: () => {} }

async function appOf(parts: Parts): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(moduleOf(parts, platform), new ExpressAdapter(), {
    logger: false,
    bodyParser: false,
    abortOnError: false,
  })
  app.useBodyParser('json', { limit: 1024 })
  if (parts.cors !== undefined) app.enableCors(corsOptions)
  if (parts.nested !== undefined) app.use('/nested', await innerApp(parts.nested))
  return app.init() as Promise<NestExpressApplication>
}

async function innerApp(spoor: Spoor): Promise<never> {
  class Users {
    user(id: string): object {
      return { user: id }
    }
  }
  decorate(Users, 'user', [Get('users/:id')], [Param('id')])
  Controller()(Users)
  class Inner {}
  Module({ imports: [SpoorModule.forRoot({ spoor })], controllers: [Users] })(Inner)
  const app = await NestFactory.create(Inner, new ExpressAdapter(), { logger: false })
  await app.init()
  return app.getHttpAdapter().getInstance() as never
}
