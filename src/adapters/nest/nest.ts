import type { IncomingHttpHeaders, Server } from 'node:http'
import * as nest from '@nestjs/common'
import { HttpAdapterHost, ModuleRef } from '@nestjs/core'
import type { Identity } from '../../context/identity.js'
import { currentContext } from '../../context/storage.js'
import { callback, OptionsError, optional } from '../../options.js'
import type { Spoor } from '../../spoor.js'
import { checkAdapter } from '../check-adapter.js'
import { inspectorMount } from '../inspector-mount.js'
import { addLastFilter } from './nest-filter.js'
import { mountOn } from './nest-mount.js'

export { SpoorLogger } from './nest-logger.js'

/** What the requests of Express and Fastify have in common. */
export interface NestRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: IncomingHttpHeaders
}

/** Options of `SpoorModule.forRoot`. */
export interface NestOptions<R extends NestRequest = NestRequest> {
  readonly spoor: Spoor
  /**
   * Returns the identity of each request, which is the platform's own: Express's `Request` or Fastify's `FastifyRequest`. Called
   * right after the request has its id, before any guard. `undefined` and `null` mean anonymous, as by default.
   */
  readonly account?: ((request: R) => Identity | undefined | null | Promise<Identity | undefined | null>) | undefined
  /** The path of the inspector, such as `/_spoor`. Nest's global prefix is not put in front. */
  readonly inspector?: string | undefined
}

/** Options of `SpoorModule.forRootAsync`: Nest injects `inject` into `useFactory`. */
export interface NestAsyncOptions<R extends NestRequest = NestRequest> {
  readonly imports?: nest.DynamicModule['imports']
  readonly inject?: nest.FactoryProvider['inject']
  readonly useFactory: (...injected: never[]) => NestOptions<R> | Promise<NestOptions<R>>
}

const given: unique symbol = Symbol('spoor.nest.options')
const ofModule: unique symbol = Symbol.for('spoor.nest.spoor')

/** Injects the Spoor of the module: `constructor(@InjectSpoor() private readonly spoor: Spoor)`. */
export function InjectSpoor(): ParameterDecorator & PropertyDecorator {
  return nest.Inject(ofModule)
}

/** The request's id as a parameter of a handler: `find(@RequestId() id: string)`. In a job's handler, the id of the job. */
export const RequestId: () => ParameterDecorator = nest.createParamDecorator(() => currentContext()?.requestId)

/**
 * Spoor for NestJS, on Express and on Fastify. Import it once, in the root module.
 *
 * @example
 * \@Module({ imports: [SpoorModule.forRoot({ spoor, account: (request: Request) => accountOf(request.headers.authorization) })] })
 * export class AppModule {}
 */
export class SpoorModule {
  readonly #options: NestOptions
  readonly #host: HttpAdapterHost

  constructor(options: NestOptions, host: HttpAdapterHost, moduleRef: ModuleRef) {
    this.#options = options
    this.#host = host
    const { adapter } = checked(options)
    // `createNestApplication` of @nestjs/testing sets the HTTP adapter after this.
    host.init$.subscribe(() => {
      const { httpAdapter, listening } = host
      if (!httpAdapter) return
      if (listening) {
        const message =
          'SpoorModule is loaded after the application listens, and sees no request; import it in the root module'
        adapter.warnOnce('mounted late', message)
        return
      }
      addLastFilter(moduleRef, adapter, mountOn(httpAdapter, options.spoor, adapter, options))
    })
  }

  /** @throws OptionsError for invalid options, and with NestJS 10 or older */
  static forRoot<R extends NestRequest = NestRequest>(options: NestOptions<R>): nest.DynamicModule {
    return dynamicModule({ provide: given, useValue: checked(options).options })
  }

  /** Nest rejects the start of the application with an OptionsError for invalid options. */
  static forRootAsync<R extends NestRequest = NestRequest>(options: NestAsyncOptions<R>): nest.DynamicModule {
    checkVersion()
    const { imports = [], inject = [], useFactory } = options
    const make = useFactory as (...injected: unknown[]) => NestOptions | Promise<NestOptions>
    return dynamicModule(
      {
        provide: given,
        inject,
        useFactory: async (...injected: unknown[]) => checked(await make(...injected)).options,
      },
      imports,
    )
  }

  /** Called by Nest. Gives each request its id below the framework. */
  onModuleInit(): void {
    const server: Server | undefined = this.#host.httpAdapter?.getHttpServer()
    if (server) this.#options.spoor.attach(server)
  }
}

// Decorators, without their syntax.
nest.Module({})(SpoorModule)
for (const [at, token] of [given, HttpAdapterHost, ModuleRef].entries()) nest.Inject(token)(SpoorModule, undefined, at)

function dynamicModule(options: nest.Provider, imports: nest.DynamicModule['imports'] = []): nest.DynamicModule {
  const spoor = { provide: ofModule, inject: [given], useFactory: ({ spoor }: NestOptions) => spoor }
  return { module: SpoorModule, global: true, imports, providers: [options, spoor], exports: [ofModule] }
}

function checked<R extends NestRequest>(
  options: NestOptions<R>,
): { adapter: ReturnType<typeof checkAdapter>['adapter']; options: NestOptions } {
  checkVersion()
  const { spoor, ...rest } = options ?? {}
  const members = { account: optional(callback), inspector: optional(inspectorMount) }
  const { adapter, options: own } = checkAdapter('SpoorModule.forRoot', spoor, rest, members)
  return { adapter, options: { ...own, spoor } as unknown as NestOptions }
}

function checkVersion(): void {
  // New in NestJS 11.
  if ('IntrinsicException' in nest) return
  const fix = 'npm install @nestjs/common@11 @nestjs/core@11, and the platform of the same version'
  throw new OptionsError('SpoorModule', [`@nestjs/common: expected NestJS 11 or newer, got NestJS 10 or older; ${fix}`])
}
