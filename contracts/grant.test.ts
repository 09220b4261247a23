// Grants: the nearest counts, the stricter wins among equals, the order in which they stand never matters.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { departments, type Identity, roles } from './access.ts';
import { isWhole, type LayerGrant, type LayerView, resolveView, viewKey } from './grant.ts';

const layer = {
  ...{ id: 'hazards', theme: 'emergency', attributes: ['name', 'owner', 'stock', 'adcode'] },
  ...{ adcodeColumn: 'adcode', departmentColumn: 'department', sensitive: { hidden: ['owner', 'stock'], precisionMetres: 500 } },
};
const plain = { ...layer, departmentColumn: undefined, sensitive: undefined } as unknown as typeof layer;
const zhang: Identity = {
  user: 'zhang',
  displayName: '张',
  role: 'monitor',
  scope: { adcode: '210100', departments: ['water', 'ecology'] },
};
const leader: Identity = { user: 'li', displayName: '李', role: 'leader', scope: { adcode: '210000', departments: '*' } };
const grant = (over: Partial<LayerGrant> = {}): LayerGrant => ({
  ...{ layer: '*', to: {}, view: 'full', hiddenAttributes: [], precisionMetres: null, fence: null },
  ...over,
});
const square = (west: number) =>
  ({
    type: 'Polygon',
    coordinates: [
      [
        [west, 41],
        [west + 1, 41],
        [west + 1, 42],
        [west, 41],
      ],
    ],
  }) as const;

describe('resolveView', () => {
  it('without a grant a sensitive layer is masked as it declares, another is whole', () => {
    expect(resolveView(zhang, layer, [])).toEqual({
      ...{ rows: '2101', departments: ['ecology', 'water'], hidden: ['owner', 'stock'], precisionMetres: 500, fences: [] },
    });
    expect(isWhole(resolveView(zhang, plain, []) as LayerView)).toBe(true);
    expect(resolveView(leader, layer, [])).toMatchObject({ rows: '21', departments: '*', precisionMetres: 500 });
  });

  const cases: readonly [what: string, grants: readonly LayerGrant[], expected: Partial<LayerView> | null][] = [
    ['full lifts the mask', [grant()], { hidden: [], precisionMetres: null }],
    ['full may still hide', [grant({ hiddenAttributes: ['stock', 'unknown'] })], { hidden: ['stock'], precisionMetres: null }],
    [
      'masked keeps it and adds',
      [grant({ view: 'masked', hiddenAttributes: ['name'], precisionMetres: 2000 })],
      { hidden: ['name', 'owner', 'stock'], precisionMetres: 2000 },
    ],
    ['none takes the layer away', [grant({ view: 'none' })], null],
    ['deny wins among equals', [grant(), grant({ view: 'none' })], null],
    ['masked wins over full among equals', [grant(), grant({ view: 'masked' })], { hidden: ['owner', 'stock'], precisionMetres: 500 }],
    ['the layer before all', [grant({ view: 'none' }), grant({ layer: 'hazards' })], { hidden: [] }],
    ['the layer before its theme', [grant({ layer: 'theme:emergency', view: 'none' }), grant({ layer: 'hazards' })], { hidden: [] }],
    ['the theme before all', [grant(), grant({ layer: 'theme:emergency', view: 'none' })], null],
    [
      'the account before the layer',
      [grant({ layer: 'hazards', to: { role: 'monitor' } }), grant({ to: { user: 'zhang' }, view: 'none' })],
      null,
    ],
    ['role before department', [grant({ to: { role: 'monitor' } }), grant({ to: { department: 'water' }, view: 'none' })], { hidden: [] }],
    [
      'role and department before role',
      [grant({ to: { role: 'monitor' } }), grant({ to: { role: 'monitor', department: 'water' }, view: 'none' })],
      null,
    ],
    [
      'another role, department, account, layer or theme is not meant',
      [
        grant({ to: { role: 'planner' }, view: 'none' }),
        grant({ to: { department: 'ocean' }, view: 'none' }),
        grant({ to: { user: 'li' }, view: 'none' }),
        grant({ layer: 'rivers', view: 'none' }),
        grant({ layer: 'theme:water', view: 'none' }),
      ],
      { hidden: ['owner', 'stock'] },
    ],
    [
      'every fence of equals',
      [grant({ fence: square(124) }), grant({ fence: square(123) }), grant({ fence: square(124) })],
      { fences: [square(123), square(124)] },
    ],
  ];
  it.each(cases)('%s', (_, grants, expected) => {
    const view = resolveView(zhang, layer, grants);
    if (expected === null) expect(view).toBeNull();
    else expect(view).toMatchObject(expected);
  });

  it('who answers for all departments is reached by what one is given, not by what it is denied', () => {
    expect(resolveView(leader, layer, [grant({ to: { department: 'water' } })])).toMatchObject({ hidden: [] });
    expect(resolveView(leader, layer, [grant({ to: { department: 'water' }, view: 'none' })])).toMatchObject({ precisionMetres: 500 });
  });

  const anyGrant: fc.Arbitrary<LayerGrant> = fc.record({
    layer: fc.constantFrom('*', 'theme:emergency', 'theme:water', 'hazards', 'rivers'),
    to: fc.record(
      { role: fc.constantFrom(...roles), department: fc.constantFrom(...departments), user: fc.constantFrom('zhang', 'li') },
      { requiredKeys: [] },
    ),
    view: fc.constantFrom('full', 'masked', 'none'),
    hiddenAttributes: fc.subarray(['name', 'owner', 'stock', 'other']),
    precisionMetres: fc.constantFrom(null, 100, 1000),
    fence: fc.constantFrom(null, square(122), square(123)),
  });
  const anyIdentity = fc.record({
    user: fc.constantFrom('zhang', 'li', 'wang'),
    displayName: fc.constant(''),
    role: fc.constantFrom(...roles),
    scope: fc.record({
      adcode: fc.constantFrom('210000', '210100', '210102'),
      departments: fc.oneof(fc.constant('*' as const), fc.subarray([...departments])),
    }),
  });
  it('the order of grants does not matter', () => {
    fc.assert(
      fc.property(
        anyIdentity,
        fc
          .array(anyGrant, { maxLength: 8 })
          .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        (identity, [one, other]) => {
          expect(resolveView(identity, layer, other)).toEqual(resolveView(identity, layer, one));
        },
      ),
    );
  });
  it('keys are equal exactly when views are', () => {
    const anyView = fc
      .tuple(anyIdentity, fc.array(anyGrant, { maxLength: 3 }))
      .map(([identity, grants]) => resolveView(identity, layer, grants));
    fc.assert(
      fc.property(anyView, anyView, (a, b) => {
        if (!a || !b) return;
        expect(viewKey(a) === viewKey(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 500 },
    );
  });
});
