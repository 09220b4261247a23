// The declared shape of an HTTP route, and the replies and parameters that recur.
import { type TObject, type TSchema, Type } from 'typebox';
import type { Act } from './access.ts';
import { LimitParameter } from './parameters.ts';

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** OpenAPI form: /api/scenes/{id}. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly query?: TObject;
  readonly params?: TObject;
  readonly body?: TSchema;
  /** everyone: no session needed; signed-in: any identity, answers within its scope; or the act that the role must have. */
  readonly who: 'everyone' | 'signed-in' | Act;
  /** What it answers; a `page` is {items, numberReturned, next}. */
  readonly reply: { readonly status: 200 | 201 | 204; readonly type: 'json' | 'text' | 'page' | 'none'; readonly of: string };
}

export const limitOf = (most: number, usual: number) => Type.Optional(LimitParameter(most, usual));
/** {items, numberReturned, next} */
export const pageOf = (of: string) => ({ status: 200, type: 'page', of }) as const;
export const jsonOf = (of: string) => ({ status: 200, type: 'json', of }) as const;
export const nothing = { status: 204, type: 'none', of: '没有内容' } as const;
