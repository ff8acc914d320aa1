import 'reflect-metadata'
import { SpoorModule } from 'spoor/nest'
import { expect, test, vi } from 'vitest'

// NestJS 10 has no IntrinsicException.
vi.mock('@nestjs/common', async (original) => {
  const { IntrinsicException: _, ...older } = await original<typeof import('@nestjs/common')>()
  return older
})

test('NestJS 10 is refused by name at the start', () => {
  const refused = /^SpoorModule: @nestjs\/common: expected NestJS 11 or newer, got NestJS 10 or older; npm install/
  expect(() => SpoorModule.forRoot({} as never)).toThrow(refused)
  expect(() => SpoorModule.forRootAsync({ useFactory: () => ({}) as never })).toThrow(refused)
})
