import { Readable } from 'node:stream'
import {
  All,
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Module,
  Param,
  Post,
  Put,
  Redirect,
  Req,
  Res,
  StreamableFile,
  type Type,
} from '@nestjs/common'
import { corsHeaders, type Spoor } from 'spoor'
import { SpoorModule } from 'spoor/nest'
import type { Parts } from './fixture.js'

/** What of the platform the routes need. */
export interface Platform {
  /** Node's request or response behind the platform's own. */
  rawOf<T>(of: unknown): T
  /** Called before a route answers on Node's response. */
  takeOver(response: unknown): void
}

/** The root module of the fixture. */
export function moduleOf(parts: Parts, platform: Platform): Type {
  const { spoors, account, inspector } = parts
  class Root {}
  const imports = spoors.map((spoor, at) =>
    SpoorModule.forRoot({
      spoor,
      account: account && ((request) => account(platform.rawOf(request))),
      ...(at === 0 && inspector !== undefined && { inspector: '/_spoor' }),
    }),
  )
  Module({ imports, controllers: [rawController(parts.raw, platform), routes(spoors[0] as Spoor, platform)] })(Root)
  return Root
}

/** The options of `app.enableCors`. */
export const corsOptions = {
  origin: 'https://page.test',
  exposedHeaders: ['X-Own', ...corsHeaders.exposed],
  allowedHeaders: ['Content-Type', ...corsHeaders.allowed],
}

/** Decorates a method and its parameters: Vitest's compiler knows no decorators of parameters. */
export function decorate<T extends object>(
  { prototype }: { prototype: T },
  method: keyof T & string,
  decorators: readonly MethodDecorator[],
  parameters: readonly ParameterDecorator[] = [],
): void {
  const description = Object.getOwnPropertyDescriptor(prototype, method) as TypedPropertyDescriptor<unknown>
  for (const decorator of decorators) decorator(prototype, method, description as never)
  for (const [at, decorator] of parameters.entries()) decorator(prototype, method, at)
}

function rawController(raw: Parts['raw'], { rawOf, takeOver }: Platform): Type {
  class Raw {}
  const methods = Raw.prototype as Record<string, unknown>
  for (const [path, route] of Object.entries(raw)) {
    methods[path] = (request: unknown, response: unknown) => {
      takeOver(response)
      return route(rawOf(request), rawOf(response))
    }
    decorate({ prototype: methods }, path, [All(path)], [Req(), Res()])
  }
  Controller()(Raw)
  return Raw
}

function routes(spoor: Spoor, { rawOf }: Platform): Type {
  class Routes {
    json(): object {
      const { requestId, account } = spoor.context() ?? {}
      return { id: requestId, account }
    }
    put(): object {
      return { error: 'no' }
    }
    body(body: object): object {
      return body
    }
    throw(): never {
      throw new Error('secret')
    }
    reject(): Promise<never> {
      return Promise.reject(new Error('secret'))
    }
    throwString(): never {
      throw 'text'
    }
    throwTeapot(): never {
      throw Object.assign(new Error('short and stout'), { status: 418, expose: true })
    }
    async throwLate(response: unknown): Promise<never> {
      const raw = rawOf<import('node:http').ServerResponse>(response)
      await new Promise((written) => raw.write('half', written))
      throw new Error('secret')
    }
    nothing(): void {}
    stream(): StreamableFile {
      return new StreamableFile(Readable.from(['one ', 'two ', 'three']))
    }
    cleared(response: unknown): object {
      const raw = rawOf<import('node:http').ServerResponse>(response)
      for (const name of raw.getHeaderNames()) raw.removeHeader(name)
      return { cleared: true }
    }
    user(id: string): object {
      return { user: id }
    }
    empty(): void {}
    notModified(): void {}
  }
  decorate(Routes, 'json', [Get('json')])
  decorate(Routes, 'put', [Put('json'), HttpCode(405), Header('Allow', 'GET')])
  decorate(Routes, 'body', [Post('body'), HttpCode(200)], [Body()])
  decorate(Routes, 'throw', [Get('throw')])
  decorate(Routes, 'reject', [Get('reject')])
  decorate(Routes, 'throwString', [Get('throw-string')])
  decorate(Routes, 'throwTeapot', [Get('throw-teapot')])
  decorate(Routes, 'throwLate', [Get('throw-late')], [Res()])
  decorate(Routes, 'empty', [Get('empty'), HttpCode(204)])
  decorate(Routes, 'notModified', [Get('not-modified'), HttpCode(304)])
  decorate(Routes, 'nothing', [Get('redirect'), Redirect('/json')])
  decorate(Routes, 'stream', [Get('stream')])
  decorate(Routes, 'cleared', [Get('cleared')], [Res({ passthrough: true })])
  decorate(Routes, 'user', [Get('users/:id')], [Param('id')])
  Controller()(Routes)
  return Routes
}
