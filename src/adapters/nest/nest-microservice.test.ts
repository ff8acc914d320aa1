import 'reflect-metadata'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Module,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { ClientProxy } from '@nestjs/microservices'
import { ClientsModule, MessagePattern, Payload, Transport } from '@nestjs/microservices'
import { from, lastValueFrom, type Observable } from 'rxjs'
import { type Carried, createSpoor, defineLogs, type Logs, type Spoor } from 'spoor'
import { InjectSpoor, RequestId, SpoorModule } from 'spoor/nest'
import { expect, onTestFinished, test, vi } from 'vitest'
import { linesIn } from '../../../test/conformance/lines.js'
import { decorate } from '../../../test/conformance/nest.js'

const WAITING = { timeout: 20_000, interval: 10 }

/** What the page on NestJS shows: the message carries its request, and the handler runs as its child. */
class MessageInterceptor implements NestInterceptor {
  readonly spoor: Spoor
  constructor(spoor: Spoor) {
    this.spoor = spoor
  }
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'rpc') return next.handle()
    const { carried } = context.switchToRpc().getData<{ carried: Carried }>()
    return from(this.spoor.runChild(carried, {}, () => lastValueFrom(next.handle())))
  }
}
InjectSpoor()(MessageInterceptor, undefined as never, 0)

test('a message over TCP carries its request: the handler runs as its child, with id and account, and failures are its own', async () => {
  const { spoor, logs, directory } = parts()
  const port = await freePort()

  class Mail {
    send(data: { to: string }, id: string): object {
      logs.root.info('sending')
      if (data.to === '') throw new Error('no address')
      return { id, account: spoor.context()?.account, parentId: spoor.context()?.parentId }
    }
  }
  decorate(Mail, 'send', [MessagePattern('mail'), UseInterceptors(MessageInterceptor)], [Payload(), RequestId()])
  Controller()(Mail)

  class Orders {
    readonly client: ClientProxy
    constructor(client: ClientProxy) {
      this.client = client
    }
    order(): Promise<object> {
      return lastValueFrom(this.client.send('mail', { to: 'ann', carried: spoor.carry({ name: 'mail' }) }))
    }
    async fails(): Promise<object> {
      const message = { to: '', carried: spoor.carry({ name: 'mail' }) }
      return lastValueFrom(this.client.send('mail', message)).catch((error: object) => error)
    }
  }
  Inject('MAIL')(Orders, undefined as never, 0)
  decorate(Orders, 'order', [Get('order')])
  decorate(Orders, 'fails', [Get('fails')])
  Controller()(Orders)

  class Root {}
  const options = { host: '127.0.0.1', port }
  Module({
    imports: [
      SpoorModule.forRoot({ spoor, account: () => ({ account: 'acme' }) }),
      ClientsModule.register([{ name: 'MAIL', transport: Transport.TCP, options }]),
    ],
    controllers: [Orders, Mail],
    providers: [MessageInterceptor],
  })(Root)
  const app = await NestFactory.create(Root, { logger: false, abortOnError: false })
  onTestFinished(() => app.close())
  // With the global filters of the application, and so with that of SpoorModule.
  app.connectMicroservice({ transport: Transport.TCP, options }, { inheritAppConfig: true })
  await app.startAllMicroservices()
  await app.listen(0, '127.0.0.1')
  const url = `http://127.0.0.1:${app.getHttpServer().address().port}`

  const answer = await fetch(`${url}/order`)
  const parentId = answer.headers.get('x-request-id')
  expect(await answer.json()).toEqual({ id: expect.not.stringMatching(String(parentId)), account: 'acme', parentId })
  // Nest's own answer to a message that failed: the module's filter leaves it alone.
  expect(await (await fetch(`${url}/fails`)).json()).toEqual({ status: 'error', message: 'Internal server error' })
  const jobs = await vi.waitFor(async () => {
    await logs.flush()
    const found = linesIn(directory).filter((line) => line['kind'] === 'job')
    expect(found).toHaveLength(2)
    return found
  }, WAITING)
  expect(jobs).toMatchObject([
    { name: 'mail', account: 'acme', parentId },
    { name: 'mail', account: 'acme', error: { message: 'no address' } },
  ])
  const sending = linesIn(directory).filter(({ message }) => message === 'sending')
  expect(sending).toMatchObject([{ parentId, account: 'acme' }, { account: 'acme' }])
})

function parts(): { spoor: Spoor; logs: Logs<never>; directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-nest-tcp-'))
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  }) as Logs<never>
  const spoor = createSpoor({ service: 'test', logs })
  onTestFinished(async () => {
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true })
  })
  return { spoor, logs, directory }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
