// The routes of grants: who sees which layer whole, masked, within a fence or not at all (grant.ts). Their part of the table in routes.ts.
import { type Static, Type } from 'typebox';
import { departments, roles } from './access.ts';
import { CursorParameter, TextParameter } from './parameters.ts';
import { jsonOf, limitOf, nothing, pageOf, type Route } from './route.ts';

/** Corners of one fence, and metres that a place may be moved: a province is 600 km across. */
const [mostCorners, mostMetres] = [10_000, 100_000];

const target = Type.String({
  pattern: '^(\\*|theme:[a-z][a-z0-9-]{0,62}|[a-z][a-z0-9-]{0,62})$',
  description: '图层编号，theme: 加主题，或 *（全部图层）',
});
const numbered = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: '编号，不小于 1' }) });
const attribute = TextParameter('属性名', 63);

export const GrantBody = Type.Object(
  {
    layer: target,
    to: Type.Object(
      {
        role: Type.Optional(Type.Enum([...roles], { description: roles.join('、') })),
        department: Type.Optional(Type.Enum([...departments], { description: departments.join('、') })),
        user: Type.Optional(TextParameter('账号，或密钥 key-编号', 64)),
      },
      { additionalProperties: false, description: '都符合的人；空对象：所有人' },
    ),
    view: Type.Enum(['full', 'masked', 'none'], { description: 'full 免脱敏、masked 脱敏、none 不可见' }),
    hiddenAttributes: Type.Optional(Type.Array(attribute, { maxItems: 200 })),
    onlyAttributes: Type.Optional(Type.Array(attribute, { maxItems: 200, description: '只给这些属性' })),
    precisionMetres: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: mostMetres, description: '位置不细于此，m' })),
    fence: Type.Optional(
      Type.Object(
        { type: Type.Enum(['Polygon', 'MultiPolygon']), coordinates: Type.Array(Type.Any(), { minItems: 1, maxItems: mostCorners }) },
        { description: '只见与此范围相接的要素；GeoJSON，经度在前，CGCS2000' },
      ),
    ),
    reason: TextParameter('理由', 500),
    expires: Type.Optional(Type.String({ maxLength: 40, description: '到期时刻，RFC 3339；不给：一直有效' })),
  },
  { additionalProperties: false },
);
export type GrantDraft = Static<typeof GrantBody>;
/** Answer of the routes; `expires` and `created` are RFC 3339. */
export interface GrantEntry extends Omit<GrantDraft, 'expires'> {
  readonly id: number;
  /** Of the layer; of `*` and themes what they are called. */
  readonly title: string;
  readonly createdBy: string;
  readonly created: string;
  readonly expires: string | null;
}

export const grantRoutes = {
  grants: {
    method: 'get',
    path: '/api/grants',
    summary: '图层授权：管理员看全部，数据管理员看本部门图层的',
    query: Type.Object({ layer: Type.Optional(target), limit: limitOf(1000, 100), cursor: Type.Optional(CursorParameter) }),
    who: 'signed-in',
    reply: pageOf('GrantEntry'),
  },
  grantAdd: {
    method: 'post',
    path: '/api/grants',
    summary: '增加授权：* 与主题只有管理员可以，图层由其部门的数据管理员',
    body: GrantBody,
    who: 'signed-in',
    reply: { ...jsonOf('GrantEntry'), status: 201 },
  },
  grantRemove: { method: 'delete', path: '/api/grants/{id}', summary: '撤销授权', params: numbered, who: 'signed-in', reply: nothing },
} as const satisfies Record<string, Route>;
