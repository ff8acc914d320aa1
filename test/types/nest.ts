import type { DynamicModule, LoggerService } from '@nestjs/common'
import type { Request } from 'express'
import type { FastifyRequest } from 'fastify'
import type { Logs, Spoor } from 'spoor'
import { InjectSpoor, RequestId, SpoorLogger, SpoorModule } from 'spoor/nest'

declare const spoor: Spoor
declare const logs: Logs<'app'>

// `account` gets the platform's own request, or what the requests of both platforms have.
const modules: DynamicModule[] = [
  SpoorModule.forRoot({ spoor }),
  SpoorModule.forRoot({ spoor, account: (request: Request) => ({ account: request.ip ?? '' }), inspector: '/_spoor' }),
  SpoorModule.forRoot({
    spoor,
    account: async (request: FastifyRequest) => ({ account: request.routeOptions.method as string }),
  }),
  SpoorModule.forRoot({ spoor, account: ({ headers }) => (headers.authorization ? { account: 'acme' } : undefined) }),
  SpoorModule.forRootAsync({
    inject: ['A', 'B'],
    useFactory: (account: string, _: Date) => ({ spoor, account: () => ({ account }) }),
  }),
  SpoorModule.forRootAsync({
    useFactory: async () => ({ spoor, account: (request: Request) => ({ account: request.ip ?? '' }) }),
  }),
]

// @ts-expect-error a Spoor is needed
SpoorModule.forRoot({})
// @ts-expect-error no such option
SpoorModule.forRoot({ spoor, acount: () => undefined })
// @ts-expect-error not an identity
SpoorModule.forRoot({ spoor, account: () => 'acme' })
// @ts-expect-error the requests of both platforms have no such member
SpoorModule.forRoot({ spoor, account: (request) => ({ account: request.ip }) })

const logger: LoggerService = new SpoorLogger(logs.get('app'))
// @ts-expect-error not a logger
new SpoorLogger(logs)

class Controller {
  readonly spoor: Spoor
  constructor(spoor: Spoor) {
    this.spoor = spoor
  }
  find(id: string): string {
    return id
  }
}
InjectSpoor()(Controller, undefined, 0)
RequestId()(Controller.prototype, 'find', 0)

export { logger, modules }
