// docs/reference/ansible.md and a README for each role: variables and tags, from the roles' argument specs.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dir, '../..')

/** In the order in which `site.yml` plays them. */
export const ROLES = ['rollout', 'balancer', 'holdfast', 'bind', 'keepalived'] as const

const HEAD = `# Ansible variables

Each variable of the roles, made from their \`meta/argument_specs.yml\`. How to use the playbooks is in [ansible.md](../ansible.md),
what the roles do in [roles/README.md](../../roles/README.md).`

/** What can be named with --tags. */
const TAGS = `## Tags

\`--tags\` runs a part of \`site.yml\`. The checks before it and the verification after it run anyway.

| tag | what it runs |
|---|---|
| \`balancer\`, \`holdfast\`, \`bind\`, \`keepalived\` | one role |
| \`install\` | packages and executables, in all roles |
| \`configure\` | configuration files, in all roles |
| \`run\` | services are enabled and started, in all roles |
| \`preflight\`, \`keep-out\`, \`always\` | the checks before and after, which each run has |`

interface Option {
  readonly description: string | readonly string[]
  readonly type?: string
  readonly elements?: string
  readonly choices?: readonly unknown[]
  readonly default?: unknown
  readonly required?: boolean
}

interface Specs {
  readonly argument_specs: {
    readonly main: {
      readonly short_description: string
      readonly description?: string | readonly string[]
      readonly options?: Readonly<Record<string, Option>>
    }
  }
}

/** docs/reference/ansible.md as it has to be. */
export function ansiblePage(): string {
  return `${[HEAD, TAGS, ...ROLES.map(sectionOf)].join('\n\n')}\n`
}

/** The README of a role as it has to be. */
export function roleReadme(role: string): string {
  const { short_description: about, description = [], options = {} } = specOf(role)
  const more = [description].flat().map(inTable)
  const alone = role === 'rollout' ? SITE_ONLY : aloneIn(role)
  const parts = [
    `# ${role}`,
    `${about}.`,
    ...more,
    alone,
    '## Variables',
    variablesOf(options),
    END,
  ]
  return `${parts.join('\n\n')}\n`
}

const SITE_ONLY = '`site.yml` and `rollback.yml` use it around the other roles.'

function aloneIn(role: string): string {
  return `\`\`\`yaml
- hosts: recursors
  become: true
  roles: [${role}]
\`\`\`

A role alone drains nothing. \`site.yml\` plays all roles, one drained server after the other.`
}

const END = `How to use the playbooks is in [docs/ansible.md](../../docs/ansible.md), how the roles work together in
[roles/README.md](../README.md). \`build/docs\` makes this page from \`meta/argument_specs.yml\`.`

function specOf(role: string): Specs['argument_specs']['main'] {
  const path = join(ROOT, 'roles', role, 'meta/argument_specs.yml')
  return (Bun.YAML.parse(readFileSync(path, 'utf8')) as Specs).argument_specs.main
}

function sectionOf(role: string): string {
  const { short_description: about, options = {} } = specOf(role)
  return [`## ${role}`, `${about}.`, variablesOf(options)].join('\n\n')
}

function variablesOf(options: Readonly<Record<string, Option>>): string {
  const rows = Object.entries(options).map(
    ([name, option]) =>
      `| \`${name}\` | ${typeOf(option)} | ${defaultOf(option)} | ${inTable(textOf(option))} |`,
  )
  return ['| variable | type | default | what it is |', '|---|---|---|---|', ...rows].join('\n')
}

function typeOf({ type = 'str', elements, choices }: Option): string {
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join(', ')
  return elements === undefined ? type : `${type} of ${elements}`
}

/** A default that only words can tell is written without quotes in the specs, and here as well. */
function defaultOf({ default: value, required = false }: Option): string {
  if (required) return 'required'
  if (value === undefined) return '–'
  if (typeof value === 'string' && value.includes(' ') && !value.includes('{{')) return value
  return `\`${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}\``
}

function textOf({ description }: Option): string {
  return [description].flat().join(' ')
}

function inTable(text: string): string {
  return text.replaceAll('|', '\\|').replace(/[<>*]/g, '\\$&')
}
