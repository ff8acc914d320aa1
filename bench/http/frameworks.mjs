// The frameworks that are measured, each with nothing, with Spoor, and with what its users usually take.
const usual = ['bare', 'spoor', 'pino']

export const frameworks = {
  express: {
    title: 'Express 5',
    stacks: ['bare', 'spoor', 'spoor, not attached', 'pino', 'winston', 'logtape'],
    load: async () => {
      const { express5, serve } = await import('./express.mjs')
      return serve('express', express5)
    },
  },
  express4: {
    title: 'Express 4; pino is pino-http',
    stacks: usual,
    load: async () => {
      const { express4, serve } = await import('./express.mjs')
      return serve('express4', express4)
    },
  },
  fastify: {
    title: "Fastify 5; pino is Fastify's own logger",
    stacks: usual,
    load: async () => (await import('./fastify.mjs')).serve,
  },
  hono: {
    title: 'Hono 4; pino is hono/logger and hono/request-id over pino',
    stacks: usual,
    load: async () => (await import('./hono.mjs')).serve,
  },
  koa: {
    title: 'Koa 3 with @koa/router; pino is koa-pino-logger',
    stacks: usual,
    load: async () => (await import('./koa.mjs')).serve,
  },
  nest: {
    title: 'NestJS 11 on Express; pino is nestjs-pino',
    stacks: usual,
    load: async () => (await import('./nest.mjs')).serve,
  },
}
