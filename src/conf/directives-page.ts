/** docs/directives.md, made from the two tables of names. */
import { type Directive, directives } from './directives.ts'
import { frameworkSettings } from './framework.ts'

export function renderDirectivesPage(): string {
  const settings = Object.entries(frameworkSettings).map(([name, meaning]) => `| ${name} | ${meaning} |`)
  return [
    '# Directives',
    '',
    'Made from src/conf/directives.ts and src/conf/framework.ts.',
    '',
    '## dkms.conf',
    '',
    '`[i]` marks directives that take an index. A release is the first DKMS that knows the directive; 2.0 means always.',
    '',
    '| directive | meaning | default | since | state |',
    '|---|---|---|---|---|',
    ...directives.map(renderDirective),
    '',
    '## framework.conf and framework.conf.d/*.conf',
    '',
    '| setting | meaning |',
    '|---|---|',
    ...settings,
    '',
  ].join('\n')
}

function renderDirective(directive: Directive): string {
  const name = directive.kind === 'array' ? `${directive.name}[i]` : directive.name
  return `| ${name} | ${directive.purpose} | ${directive.default} | ${directive.since} | ${renderState(directive)} |`
}

function renderState({ status, until, replacement }: Directive): string {
  if (status === 'current') return ''
  const ended = until === undefined ? '' : `, had an effect up to ${until}`
  const instead = replacement === undefined ? '' : `; use ${replacement}`
  return `${status}${ended}${instead}`
}
