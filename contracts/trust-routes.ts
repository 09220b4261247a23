// The routes of trust and of snoozed alarms. Their part of the table in routes.ts.
import { type Static, Type } from 'typebox';
import { alertLevels } from './event.ts';
import { CursorParameter, IdParameter, TextParameter, TimeParameter } from './parameters.ts';
import { jsonOf, limitOf, nothing, pageOf, type Route } from './route.ts';

/** An alarm is put to rest for a week at most: what rests longer is a wrong limit, and that is to be mended. */
export const longestSnoozeMinutes = 7 * 24 * 60;

const seriesParameter = Type.String({
  pattern: '^[^/\\s]{1,60}/(instant|minute|hour|day)/(value|mean|min|max|sum)$',
  description: '序列，如 z/instant/value',
});
const streamParameter = Type.String({ pattern: '^[a-z][a-z-]*/[a-z][a-z-]*$', description: '数据流，如 ecology/air-quality' });

export const SnoozeBody = Type.Object(
  {
    thing: IdParameter('对象编号'),
    series: Type.Optional(seriesParameter),
    level: Type.Enum([...alertLevels], { description: '此级及更轻的静默；更重的照常告警' }),
    minutes: Type.Integer({ minimum: 1, maximum: longestSnoozeMinutes, description: `静默分钟数 1–${longestSnoozeMinutes}` }),
    reason: TextParameter('理由', 500),
  },
  { additionalProperties: false },
);
export type SnoozeDraft = Static<typeof SnoozeBody>;

export const trustRoutes = {
  trust: {
    method: 'get',
    path: '/api/trust',
    summary: '各序列的信任分 0–100 与理由，此刻的或某一时刻的；一个数据流或一个对象的',
    query: Type.Object({
      stream: Type.Optional(streamParameter),
      thing: Type.Optional(IdParameter('对象编号')),
      at: Type.Optional(TimeParameter),
      limit: limitOf(5000, 1000),
      cursor: Type.Optional(CursorParameter),
    }),
    who: 'signed-in',
    reply: pageOf('Trust'),
  },
  snoozes: {
    method: 'get',
    path: '/api/alarms/snoozes',
    summary: '告警静默：生效中的，或某一时刻生效的；所属区域内',
    query: Type.Object({ at: Type.Optional(TimeParameter), limit: limitOf(1000, 100), cursor: Type.Optional(CursorParameter) }),
    who: 'signed-in',
    reply: pageOf('Snooze'),
  },
  snoozeAdd: {
    method: 'post',
    path: '/api/alarms/snoozes',
    summary: '静默一个对象的告警一段时间，写明理由；到时自行恢复，告警照常评判与留存，加重即突破',
    body: SnoozeBody,
    who: 'handle-event',
    reply: { ...jsonOf('Snooze'), status: 201 },
  },
  snoozeEnd: {
    method: 'delete',
    path: '/api/alarms/snoozes/{id}',
    summary: '提前结束静默',
    params: Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: '编号，不小于 1' }) }),
    who: 'handle-event',
    reply: nothing,
  },
} as const satisfies Record<string, Route>;
