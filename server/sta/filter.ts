// $filter and $orderby expressions: from words to a tree whose paths lead to attributes that are there.
//
//   or → and → eq ne → gt ge lt le → add sub → mul div mod → not − → literal | function(…) | path | (…)
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §9.3.3.5.1 (built-in operators, in order of precedence), §9.3.3.5.2 (functions); OData 4.0 §5.1.1.9.
import { Problem } from '../../contracts/problem.ts';
import { functionNamed, functionNames } from './functions.ts';
import { type Token, tokensOf } from './lexer.ts';
import { attributeKind, attributeNames, type EntitySet, type Kind, navigation, navigationNames } from './model.ts';

export const comparisons = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const;
export type Comparison = (typeof comparisons)[number];
export const arithmetics = ['add', 'sub', 'mul', 'div', 'mod'] as const;
export type Arithmetic = (typeof arithmetics)[number];

export type Expression =
  | { readonly op: 'literal'; readonly kind: Kind; readonly value: string | number | boolean | null; readonly to?: number }
  | Path
  | { readonly op: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly op: Comparison | Arithmetic | 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly op: 'not' | 'minus'; readonly of: Expression };
export interface Path {
  readonly op: 'path';
  /** Navigations from the entity that is filtered. */
  readonly through: readonly string[];
  /** The set that the attribute belongs to. */
  readonly set: EntitySet;
  /** `id` or an attribute. */
  readonly attribute: string;
  /** Into a JSON attribute: properties/device/protocol. */
  readonly inner: readonly string[];
}

const mostDepth = 40;
const mostThrough = 4;
const mostInner = 6;

/** @throws Problem bad-parameter | unsupported */
export function readFilter(given: string, set: EntitySet): Expression {
  return new Parser('$filter', given, tokensOf(given), set).whole();
}

export interface Order {
  readonly by: Expression;
  readonly ascending: boolean;
}
const mostOrders = 5;
/** @throws Problem bad-parameter | unsupported */
export function readOrder(given: string, set: EntitySet): Order[] {
  const orders = new Parser('$orderby', given, tokensOf(given), set).orders();
  if (orders.length > mostOrders)
    throw new Problem('bad-parameter', { name: '$orderby', given: `${orders.length} 项`, allowed: `至多 ${mostOrders} 项` });
  return orders;
}

class Parser {
  readonly #name: string;
  readonly #given: string;
  readonly #tokens: readonly Token[];
  readonly #set: EntitySet;
  #at = 0;
  #depth = 0;

  constructor(name: string, given: string, tokens: readonly Token[], set: EntitySet) {
    this.#name = name;
    this.#given = given;
    this.#tokens = tokens;
    this.#set = set;
  }

  #wrong(allowed: string): Problem {
    const token = this.#tokens[this.#at];
    return new Problem('bad-parameter', {
      name: this.#name,
      given: token ? token.text.slice(0, 60) : `${this.#given.slice(-40)}（结尾）`,
      allowed,
    });
  }
  #sign(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || token.text !== text) return false;
    this.#at++;
    return true;
  }
  /** The next word, if it is one of these and no function or path of that name begins here. */
  #word<T extends string>(words: readonly T[]): T | null {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'name') return null;
    const word = words.find((one) => one === token.text);
    if (word === undefined) return null;
    this.#at++;
    return word;
  }
  #expect(sign: string): void {
    if (!this.#sign(sign)) throw this.#wrong(`“${sign}”`);
  }

  whole(): Expression {
    const expression = this.#or();
    if (this.#at < this.#tokens.length) throw this.#wrong('and、or、比较或结尾');
    return expression;
  }
  orders(): Order[] {
    const orders: Order[] = [];
    do {
      const by = this.#or();
      orders.push({ by, ascending: this.#word(['asc', 'desc']) !== 'desc' });
    } while (this.#sign(','));
    if (this.#at < this.#tokens.length) throw this.#wrong('asc、desc、逗号或结尾');
    return orders;
  }

  #chain<T extends Comparison | Arithmetic | 'and' | 'or'>(words: readonly T[], next: () => Expression): Expression {
    let left = next();
    let links = 0;
    for (let op = this.#word(words); op !== null; op = this.#word(words)) {
      // A long chain is a deep tree, and whoever walks it recurs.
      if (++links > 100) throw this.#wrong('至多 100 个连着的运算');
      left = { op, left, right: next() };
    }
    return left;
  }
  #or(): Expression {
    if (++this.#depth > mostDepth) throw this.#wrong(`至多 ${mostDepth} 层`);
    const expression = this.#chain(['or'], () => this.#chain(['and'], () => this.#equality()));
    this.#depth--;
    return expression;
  }
  #equality(): Expression {
    return this.#chain(['eq', 'ne'], () => this.#chain(['gt', 'ge', 'lt', 'le'], () => this.#sum()));
  }
  #sum(): Expression {
    return this.#chain(['add', 'sub'], () => this.#chain(['mul', 'div', 'mod'], () => this.#unary()));
  }
  #unary(): Expression {
    if (++this.#depth > mostDepth) throw this.#wrong(`至多 ${mostDepth} 层`);
    let expression: Expression;
    if (this.#sign('-')) expression = { op: 'minus', of: this.#unary() };
    // §9.3.3.5.1: not binds a whole comparison (`not startswith(…)`, `not name eq 'x'`), as FROST-Server and the examples of the clause read it.
    else if (this.#tokens[this.#at]?.text === 'not' && this.#word(['not'])) expression = { op: 'not', of: this.#equality() };
    else expression = this.#primary();
    this.#depth--;
    return expression;
  }
  #primary(): Expression {
    const token = this.#tokens[this.#at];
    if (!token) throw this.#wrong('一个表达式');
    if (this.#sign('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    if (token.kind === 'sign') throw this.#wrong('一个表达式');
    this.#at++;
    switch (token.kind) {
      case 'name':
        return this.#named(token.text);
      case 'interval':
        return { op: 'literal', kind: 'period', value: token.from, to: token.to };
      default:
        return { op: 'literal', kind: token.kind, value: token.value };
    }
  }
  #named(name: string): Expression {
    if (this.#sign('(')) return this.#call(name);
    if (name === 'true' || name === 'false') return { op: 'literal', kind: 'bool', value: name === 'true' };
    if (name === 'null') return { op: 'literal', kind: 'null', value: null };
    const steps = [name];
    while (this.#sign('/')) {
      const token = this.#tokens[this.#at];
      if (token?.kind !== 'name' && token?.kind !== 'number') throw this.#wrong('路径的下一级');
      this.#at++;
      steps.push(token.text);
    }
    return this.#path(steps);
  }
  #call(name: string): Expression {
    const declared = functionNamed(name);
    if (!declared) {
      this.#at -= 2;
      throw this.#wrong(`函数 ${functionNames.join('、')}`);
    }
    const args: Expression[] = [];
    if (!this.#sign(')')) {
      do args.push(this.#or());
      while (this.#sign(','));
      this.#expect(')');
    }
    const counts = declared.forms.map(({ takes }) => takes.length);
    if (!counts.includes(args.length)) {
      this.#at--;
      throw this.#wrong(`${name} 的参数 ${counts.join(' 或 ')} 个，给了 ${args.length} 个`);
    }
    return { op: 'call', name, args };
  }
  #path(steps: readonly string[]): Path {
    let set = this.#set;
    const through: string[] = [];
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i] as string;
      const attribute = step === '@iot.id' ? 'id' : step;
      const kind = attribute === 'id' ? 'text' : attributeKind(set, attribute);
      const inner = steps.slice(i + 1);
      if (kind !== undefined) {
        if (inner.length > 0 && kind !== 'json') throw this.#strange(steps, `${step} 没有下级`);
        if (inner.length > mostInner) throw this.#strange(steps, `至多 ${mostInner} 级`);
        return { op: 'path', through, set, attribute, inner };
      }
      const next = navigation(set, step);
      if (!next) throw this.#strange(steps, ['id', ...attributeNames(set), ...navigationNames(set)].join('、'));
      through.push(step);
      if (through.length > mostThrough) throw this.#strange(steps, `至多 ${mostThrough} 级导航`);
      set = next.to;
    }
    throw this.#strange(steps, `以属性结尾的路径：${attributeNames(set).join('、')}`);
  }
  #strange(steps: readonly string[], allowed: string): Problem {
    return new Problem('bad-parameter', { name: this.#name, given: steps.join('/').slice(0, 60), allowed });
  }
}
