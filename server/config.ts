// Configuration: the only reader of the environment. Parsed once, frozen; every variable is documented by `npm start -- --help`.
//
// The table is variables.json, because the help is printed before anything is installed. A value comes from the command line (--mqtt-port
// 1884), else the environment, else .env, else the default; an empty text counts as unset.
import { parseEnv } from 'node:util';
import { Problem } from '../contracts/problem.ts';
import table from './variables.json' with { type: 'json' };

export interface Config {
  /** 0 takes a free port, as for every port below. */
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** null: the private cluster. */
  readonly databaseUrl: string | null;
  readonly mqttPort: number;
  /** null: the embedded broker. */
  readonly mqttUrl: string | null;
  readonly natsUrl: string | null;
  readonly hj212Port: number;
  /** null: ciphertext of HJ 212-2025 is kept and refused. */
  readonly hj212Keys: string | null;
  readonly sl651Port: number;
  readonly jt808Port: number;
  readonly aisPort: number;
  /** null: random, printed once. */
  readonly adminPassword: string | null;
  /** null: on an empty database. */
  readonly demo: boolean | null;
  /** null: open while the house runs in demo mode. */
  readonly portal: boolean | null;
  readonly demoSeed: number;
  readonly sessionHours: number;
  readonly logRetentionDays: number;
  readonly historyRetentionDays: number;
  /** scheme://host[:port], beside our own. */
  readonly allowedOrigins: readonly string[];
  readonly trustProxy: boolean;
  readonly logLevel: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;
export interface Variable {
  readonly name: string;
  readonly kind: 'port' | 'integer' | 'text' | 'url' | 'flag' | 'choice' | 'origins';
  readonly default: string | null;
  readonly zh: string;
  readonly en: string;
  readonly min?: number;
  readonly max?: number;
  readonly minLength?: number;
  readonly schemes?: readonly string[];
  readonly choices?: readonly string[];
  /** Its value is printed nowhere, not even when it is wrong. */
  readonly secret?: boolean;
}
export const variables = table as readonly Variable[];

/** What is allowed, in words; the same text in the help and in a complaint. */
export function allowedOf(variable: Variable): string {
  switch (variable.kind) {
    case 'port':
      return '0–65535';
    case 'integer':
      return `${variable.min}–${variable.max}`;
    case 'flag':
      return '0 | 1';
    case 'choice':
      return (variable.choices ?? []).join(' | ');
    case 'url':
      return `${(variable.schemes ?? []).map((scheme) => `${scheme}://…`).join(' | ')} (@ / # ? % : in a password percent-encoded)`;
    case 'origins':
      return 'https://host[:port], comma-separated';
    case 'text':
      return variable.minLength ? `${variable.minLength} characters or more` : 'text';
  }
}

function integer(text: string, min: number, max: number): number | undefined {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

/** undefined: not allowed. */
function parse(variable: Variable, text: string): unknown {
  switch (variable.kind) {
    case 'port':
      return integer(text, 0, 65535);
    case 'integer':
      return integer(text, variable.min ?? 0, variable.max ?? Number.MAX_SAFE_INTEGER);
    case 'flag':
      return text === '1' ? true : text === '0' ? false : undefined;
    case 'choice':
      return variable.choices?.includes(text) ? text : undefined;
    case 'url':
      return variable.schemes?.some((scheme) => text.startsWith(`${scheme}://`) && text.length > scheme.length + 3) && URL.canParse(text)
        ? text
        : undefined;
    case 'origins': {
      const origins = text
        .split(',')
        .map((part) => part.trim().replace(/\/$/, ''))
        .filter((part) => part !== '');
      return origins.every((origin) => /^https?:\/\/[^\s/?#@]+$/.test(origin)) ? Object.freeze(origins) : undefined;
    }
    case 'text':
      return text.length >= (variable.minLength ?? 0) ? text : undefined;
  }
}

/** --mqtt-port 1884, --mqtt-port=1884. @throws Problem bad-configuration for an option that is none */
function readOptions(argv: readonly string[]): Environment {
  const values: Record<string, string> = {};
  for (let at = 0; at < argv.length; at++) {
    const [, option, given] = /^--([a-z0-9-]+)(?:=(.*))?$/s.exec(argv[at] ?? '') ?? [];
    const variable = variables.find((v) => optionOf(v) === `--${option}`);
    const value = given ?? argv[++at];
    if (!variable || value === undefined)
      throw new Problem('bad-configuration', {
        name: option && variable ? `--${option}` : String(argv[given === undefined ? at - 1 : at] ?? ''),
        given: variable ? 'nothing' : 'an unknown option',
        allowed: variable ? allowedOf(variable) : '--help, or --name value with a name of the help',
      });
    values[variable.name] = value;
  }
  return values;
}

export function optionOf(variable: Pick<Variable, 'name'>): string {
  return `--${variable.name.toLowerCase().replaceAll('_', '-')}`;
}

function camel(name: string): string {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Pure: the same three texts give the same frozen Config. `dotenv` is the content of a .env file.
 * @throws Problem bad-configuration with the name, what was given (never a secret) and what is allowed
 */
export function readConfig(env: Environment, argv: readonly string[] = [], dotenv = ''): Config {
  const sources: readonly Environment[] = [readOptions(argv), env, parseEnv(dotenv) as Environment];
  const config: Record<string, unknown> = {};
  const ports = new Map<number, string>();
  for (const variable of variables) {
    const text = sources.map((source) => source[variable.name]).find((value) => value !== undefined && value !== '') ?? variable.default;
    const value = text === null ? null : parse(variable, text);
    const refuse = (allowed: string): never => {
      throw new Problem('bad-configuration', { name: variable.name, given: variable.secret ? '(hidden)' : text, allowed });
    };
    if (value === undefined) refuse(allowedOf(variable));
    if (variable.kind === 'port' && value !== 0) {
      const other = ports.get(value as number);
      if (other) refuse(`another port than ${other}`);
      ports.set(value as number, variable.name);
    }
    config[camel(variable.name)] = value;
  }
  return Object.freeze(config as unknown as Config);
}

/** The configuration of this very process. */
export function processConfig(dotenv = ''): Config {
  return readConfig(process.env, process.argv.slice(2), dotenv);
}

/** One variable of this very process as text, from the environment or `dotenv`; null: unset. For commands beside the server. */
export function processVariable(name: string, dotenv = ''): string | null {
  return process.env[name] || parseEnv(dotenv)[name] || null;
}
