// What `prisma generate` of Prisma 7.9 writes for a schema with one model: the parts that run, without the types. It is kept here,
// because the generator is a package of 300 MB that downloads programs.
import { type GetPrismaClientConfig, getPrismaClient } from '@prisma/client/runtime/client'

const schema = `generator client {
  provider = "prisma-client"
  output   = "./generated/prisma"
}

datasource db {
  provider = "postgresql"
}

model Post {
  id    Int    @id
  title String
}
`

const fields = [
  { name: 'id', kind: 'scalar', type: 'Int' },
  { name: 'title', kind: 'scalar', type: 'String' },
] as const

// The positions of `strings` in the tree of arguments that a query may have.
const strings = [
  'where',
  'Post.findUnique',
  'Post.findUniqueOrThrow',
  'orderBy',
  'cursor',
  'Post.findFirst',
  'Post.findFirstOrThrow',
  'Post.findMany',
  'data',
  'Post.createOne',
  'Post.createMany',
  'Post.createManyAndReturn',
  'Post.updateOne',
  'Post.updateMany',
  'Post.updateManyAndReturn',
  'create',
  'update',
  'Post.upsertOne',
  'Post.deleteOne',
  'Post.deleteMany',
  'having',
  '_count',
  '_avg',
  '_sum',
  '_min',
  '_max',
  'Post.groupBy',
  'Post.aggregate',
  'AND',
  'OR',
  'NOT',
  'id',
  'title',
  'equals',
  'in',
  'notIn',
  'lt',
  'lte',
  'gt',
  'gte',
  'contains',
  'startsWith',
  'endsWith',
  'not',
  'set',
  'increment',
  'decrement',
  'multiply',
  'divide',
]
const graph = [
  'KwsQBRwAACIAMB0AAAQAEB4AACIAMB8CAAAAASABACQAIQEAAAABACABAAAAAQAgBRwAACIAMB0AAAQAEB4AACIAMB8CACMAISABACQAIQADAA',
  'AABAAgAwAABQAwBAAAAQAgAwAAAAQAIAMAAAUAMAQAAAEAIAMAAAAEACADAAAFADAEAAABACACHwIAAAABIAEAAAABAQgAAAkAIAIfAgAAAAEg',
  'AQAAAAEBCAAACwAwAQgAAAsAMAIfAgAqACEgAQArACECAAAAAQAgCAAADgAgAh8CACoAISABACsAIQIAAAAEACAIAAAQACACAAAABAAgCAAAEA',
  'AgAwAAAAEAIA8AAAkAIBAAAA4AIAEAAAABACABAAAABAAgBRUAACUAIBYAACYAIBcAACkAIBgAACgAIBkAACcAIAUcAAAaADAdAAAXABAeAAAa',
  'ADAfAgAbACEgAQAcACEDAAAABAAgAwAAFgAwFAAAFwAgAwAAAAQAIAMAAAUAMAQAAAEAIAUcAAAaADAdAAAXABAeAAAaADAfAgAbACEgAQAcAC',
  'ENFQAAHgAgFgAAIQAgFwAAHgAgGAAAHgAgGQAAHgAgIQIAAAABIgIAAAAEIwIAAAAEJAIAAAABJQIAAAABJgIAAAABJwIAAAABKwIAIAAhDhUA',
  'AB4AIBgAAB8AIBkAAB8AICEBAAAAASIBAAAABCMBAAAABCQBAAAAASUBAAAAASYBAAAAAScBAAAAASgBAAAAASkBAAAAASoBAAAAASsBAB0AIQ',
  '4VAAAeACAYAAAfACAZAAAfACAhAQAAAAEiAQAAAAQjAQAAAAQkAQAAAAElAQAAAAEmAQAAAAEnAQAAAAEoAQAAAAEpAQAAAAEqAQAAAAErAQAd',
  'ACEIIQIAAAABIgIAAAAEIwIAAAAEJAIAAAABJQIAAAABJgIAAAABJwIAAAABKwIAHgAhCyEBAAAAASIBAAAABCMBAAAABCQBAAAAASUBAAAAAS',
  'YBAAAAAScBAAAAASgBAAAAASkBAAAAASoBAAAAASsBAB8AIQ0VAAAeACAWAAAhACAXAAAeACAYAAAeACAZAAAeACAhAgAAAAEiAgAAAAQjAgAA',
  'AAQkAgAAAAElAgAAAAEmAgAAAAEnAgAAAAErAgAgACEIIQgAAAABIggAAAAEIwgAAAAEJAgAAAABJQgAAAABJggAAAABJwgAAAABKwgAIQAhBR',
  'wAACIAMB0AAAQAEB4AACIAMB8CACMAISABACQAIQghAgAAAAEiAgAAAAQjAgAAAAQkAgAAAAElAgAAAAEmAgAAAAEnAgAAAAErAgAeACELIQEA',
  'AAABIgEAAAAEIwEAAAAEJAEAAAABJQEAAAABJgEAAAABJwEAAAABKAEAAAABKQEAAAABKgEAAAABKwEAHwAhAAAAAAAFLAIAAAABLQIAAAABLg',
  'IAAAABLwIAAAABMAIAAAABASwBAAAAAQAAAAAFFQAGFgAHFwAIGAAJGQAKAAAAAAAFFQAGFgAHFwAIGAAJGQAKAQIBAgMBBQYBBgcBBwgBCQoB',
  'CgwCCw0DDA8BDRECDhIEERMBEhQBExUCGhgFGxkL',
]

const compiler = '@prisma/client/runtime/query_compiler_fast_bg.postgresql'
// The types of Node 20 do not have it.
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: { readonly Module: new (bytes: Uint8Array) => object }
}

const config: GetPrismaClientConfig = {
  previewFeatures: [],
  clientVersion: '7.9.1',
  engineVersion: 'e922089b7d7502aff4249d5da3420f6fa55fc6ad',
  activeProvider: 'postgresql',
  inlineSchema: schema,
  runtimeDataModel: { models: { Post: { fields, dbName: null } }, enums: {}, types: {} } as never,
  parameterizationSchema: { strings, graph: graph.join('') },
  compilerWasm: {
    getRuntime: () => import(`${compiler}.mjs`),
    getQueryCompilerWasmModule: async () => {
      const { wasm } = (await import(`${compiler}.wasm-base64.mjs`)) as { wasm: string }
      return new WebAssembly.Module(Buffer.from(wasm, 'base64'))
    },
    importName: './query_compiler_fast_bg.js',
  },
}

/** What the tests use of the class that Prisma generates. */
export interface Prisma {
  readonly post: { findMany(): PromiseLike<{ id: number; title: string }[]> }
  $queryRawUnsafe(text: string): PromiseLike<unknown>
  $disconnect(): Promise<void>
}

export const PrismaClient = getPrismaClient(config) as unknown as new (options: { adapter: object }) => Prisma
