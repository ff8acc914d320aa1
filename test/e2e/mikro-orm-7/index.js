export * from '@mikro-orm/postgresql'
