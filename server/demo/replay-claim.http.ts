// Registering the devices of a recording through the API, as an administrator or steward does: as what they are, a recording.
import { Problem } from '../../contracts/problem.ts';
import type { Recorded } from './replay-records.ts';

export interface ClaimSettings {
  /** http://host:port */
  readonly http: string;
  /** A session token, or the administrator's password to get one with. */
  readonly token: string | null;
  readonly adminPassword: string | null;
  readonly name: string | null;
  readonly adcode: string;
  /** null: the one that the record belongs to. */
  readonly stream: string | null;
  readonly position: readonly [number, number] | null;
  /** Where it was recorded. */
  readonly recorded: string;
}

export interface Claims {
  /** Registers the device of a record; logs in at its first call. @throws Problem bad-parameter | unauthenticated | forbidden | conflict | unreachable */
  claim(record: Recorded): Promise<void>;
  /** Ends the session that it began. */
  close(): Promise<void>;
}

async function call(settings: ClaimSettings, path: string, token: string | null, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${settings.http}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  }).catch((error: Error) => {
    const reason = (error.cause as NodeJS.ErrnoException | undefined)?.code ?? error.message;
    throw new Problem('unreachable', { what: settings.http, reason });
  });
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (response.ok) return answer;
  if (response.status === 409)
    throw new Problem('conflict', {
      what: `${String(answer['title'] ?? '')}。换一个 --mn，或用 --no-claim 把数据记到这台已登记的设备名下`,
    });
  if (response.status === 401) throw new Problem('unauthenticated');
  if (response.status === 403) throw new Problem('forbidden', { what: '认领设备（需要数据管理员或管理员）' });
  throw new Problem('unreachable', { what: `${settings.http}${path}`, reason: `${response.status} ${String(answer['title'] ?? '')}` });
}

export function createClaims(settings: ClaimSettings): Claims {
  let { token } = settings;
  return {
    async claim({ road, device, stream }) {
      if (token === null && settings.adminPassword === null)
        throw new Problem('bad-parameter', {
          ...{ name: '--token', given: '无', allowed: '--token T，或 --admin-password P / ADMIN_PASSWORD；设备已登记时用 --no-claim' },
        });
      if (token === null) {
        const session = await call(settings, '/api/session', null, { username: 'admin', password: settings.adminPassword });
        token = String(session['token']);
      }
      const belongs = settings.stream ?? stream;
      if (belongs === null)
        throw new Problem('bad-parameter', { name: '--stream', given: '无', allowed: '这些设备所属的数据流，例如 water/water-level' });
      await call(settings, '/api/devices/claim', token, {
        ...{ protocol: road, device, name: `${settings.name ?? device}（回放）`, adcode: settings.adcode, stream: belongs },
        ...{ recorded: settings.recorded, ...(settings.position === null ? {} : { position: settings.position }) },
      });
    },
    async close() {
      if (token === null || settings.token !== null) return;
      const headers = { authorization: `Bearer ${token}` };
      await fetch(`${settings.http}/api/session`, { method: 'DELETE', headers }).catch(() => undefined);
    },
  };
}
