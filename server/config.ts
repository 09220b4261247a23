// Configuration: the only reader of the environment. Parsed once, frozen; every variable is documented by `npm start -- --help`.
export interface Config {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly databaseUrl: string | null;
  readonly mqttPort: number;
  readonly mqttUrl: string | null;
  readonly natsUrl: string | null;
  readonly hj212Port: number;
  readonly sl651Port: number;
  readonly jt808Port: number;
  readonly adminPassword: string | null;
  /** null: on an empty database. */
  readonly demo: boolean | null;
  readonly demoSeed: number;
  readonly logLevel: string;
}
