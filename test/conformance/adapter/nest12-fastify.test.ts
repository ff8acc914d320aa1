import { vi } from 'vitest'
import { adapterCases, chosenCases } from '../cases.js'
import { nestFastify } from '../nest-fastify.js'
import { conformance } from '../suite.js'

// NestJS 12 has a workspace of its own, beside the NestJS 11 of the project.
vi.mock('@nestjs/common', () => import('../../nest12/node_modules/@nestjs/common/index.js'))
vi.mock('@nestjs/core', () => import('../../nest12/node_modules/@nestjs/core/index.js'))
vi.mock('@nestjs/platform-fastify', () => import('../../nest12/node_modules/@nestjs/platform-fastify/index.js'))

conformance(nestFastify, chosenCases, adapterCases, 'spoor/nest (12, Fastify)')
