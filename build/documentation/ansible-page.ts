// docs/reference/ansible.md: the variables of every role, from the roles' argument specs.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dir, '../..')

/** In the order in which `site.yml` plays them. */
const ROLES = ['rollout', 'balancer', 'holdfast', 'bind', 'keepalived'] as const

const HEAD = `# Ansible variables

Each variable of the roles, made from their \`meta/argument_specs.yml\`. How to use the playbooks is in [ansible.md](../ansible.md),
what the roles do in [roles/README.md](../../roles/README.md).`

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
      readonly options?: Readonly<Record<string, Option>>
    }
  }
}

/** docs/reference/ansible.md as it has to be. */
export function ansiblePage(): string {
  return `${[HEAD, ...ROLES.map(sectionOf)].join('\n\n')}\n`
}

function sectionOf(role: string): string {
  const path = join(ROOT, 'roles', role, 'meta/argument_specs.yml')
  const { argument_specs: specs } = Bun.YAML.parse(readFileSync(path, 'utf8')) as Specs
  const { short_description: about, options = {} } = specs.main
  const rows = Object.entries(options).map(
    ([name, option]) =>
      `| \`${name}\` | ${typeOf(option)} | ${defaultOf(option)} | ${inTable(textOf(option))} |`,
  )
  return [
    `## ${role}`,
    `${about}.`,
    ['| variable | type | default | what it is |', '|---|---|---|---|', ...rows].join('\n'),
  ].join('\n\n')
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
