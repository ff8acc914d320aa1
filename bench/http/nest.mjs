// NestJS 11 on Express with nothing, with Spoor, and with nestjs-pino. Decorators are functions, so this file needs no compiler.
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { accountOf, openPino, openSpoor, threeLines } from './common.mjs'

// The copy of NestJS that spoor/nest loads: with another, its providers are unknown. The one beside nestjs-pino serves nestjs-pino.
const load = createRequire(new URL('../../package.json', import.meta.url))
load('reflect-metadata')
const { Controller, Get, Inject, Module, Param } = load('@nestjs/common')
const { NestFactory } = load('@nestjs/core')

export async function serve(stack, directory) {
  const { imports, token, log, attach, close } = await stacks[stack](directory)
  const module = token === undefined ? moduleOf(imports, log) : moduleWithLogger(imports, token)
  const app = await NestFactory.create(module, { logger: false })
  attach?.(app.getHttpServer())
  await app.init()
  return { server: app.getHttpServer(), close }
}

function moduleOf(imports, log) {
  class App {}
  Module({ imports, controllers: [controllerWith(() => log)] })(App)
  return App
}

/** A module whose logger is injected, by `token`. nestjs-pino has the logger of the current request. */
function moduleWithLogger(imports, token) {
  const Posts = controllerWith((logger) => (fields, message) => logger.info(fields, message))
  Inject(token)(Posts, undefined, 0)
  class App {
    constructor(logger) {
      this.logger = logger
    }
    configure(consumer) {
      const withAccount = (request, _response, next) => {
        this.logger.assign({ account: accountOf(request) })
        next()
      }
      consumer.apply(withAccount).forRoutes('*path')
    }
  }
  Inject(token)(App, undefined, 0)
  Module({ imports, controllers: [Posts] })(App)
  return App
}

/** @param logOf gets what is injected into the controller */
function controllerWith(logOf) {
  class Posts {
    constructor(injected) {
      this.log = logOf(injected)
    }
    find(id) {
      threeLines(this.log)
      return { id, ok: true }
    }
  }
  Controller('posts')(Posts)
  Param('id')(Posts.prototype, 'find', 0)
  Get(':id')(Posts.prototype, 'find', Object.getOwnPropertyDescriptor(Posts.prototype, 'find'))
  return Posts
}

const stacks = {
  bare: async () => ({ imports: [], log: () => {}, close: () => {} }),
  spoor: async (directory) => {
    const { SpoorModule } = await import('../../dist/nest.js')
    const { spoor, logs, log } = await openSpoor(directory)
    const account = (request) => ({ account: accountOf(request) })
    const attach = (server) => spoor.attach(server)
    return { imports: [SpoorModule.forRoot({ spoor, account })], log, attach, close: () => logs.close() }
  },
  pino: async (directory) => {
    const { LoggerModule, PinoLogger } = await import('nestjs-pino')
    const { logger, close } = await openPino(directory)
    const pinoHttp = {
      logger,
      // Without it, each line has the whole request.
      quietReqLogger: true,
      genReqId: (_, response) => {
        const id = randomUUID()
        response.setHeader('X-Request-ID', id)
        return id
      },
    }
    return { imports: [LoggerModule.forRoot({ pinoHttp })], token: PinoLogger, close }
  },
}
