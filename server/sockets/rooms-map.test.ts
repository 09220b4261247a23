// What of the map's changes is told to whom.
import { describe, expect, test } from 'vitest';
import type { Identity, Scope } from '../../contracts/access.ts';
import type { BBox } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';
import type { Health, MapChange } from '../../contracts/wire.ts';
import { sightOf } from '../../geo-services/one-map/sight.ts';
import { createStore } from '../store/latest.ts';
import { createRooms, type LayerNews, type Rooms } from './rooms.ts';

const person = (scope: Scope): Identity => ({ user: 'wang', displayName: '王', role: 'monitor', scope });
const roomsOf = (): Rooms => createRooms({ store: createStore([], () => null), streams: [], health: () => ({}) as Health });

describe('map changes', () => {
  const box: BBox = [123, 41, 124, 42];
  const change = { box, minZoom: 0, maxZoom: 30 };
  const layer = (id: string, of: Pick<Layer, 'sharing' | 'department'>, local: boolean): NonNullable<LayerNews['layer']> => ({
    id,
    seenBy({ scope }) {
      if (!['open', 'restricted'].includes(sightOf(scope, of))) return 'none';
      return local && scope.adcode !== '210000' ? 'part' : 'all';
    },
  });
  const free = layer('free', { sharing: 'unconditional', department: 'water' }, false);
  const local = layer('local', { sharing: 'unconditional', department: 'ecology' }, true);
  const shut = layer('shut', { sharing: 'conditional', department: 'water' }, false);
  const told = (scope: Scope, news: readonly LayerNews[]): unknown => {
    const rooms = roomsOf();
    const room = rooms.enter('map', person(scope), null);
    rooms.noteMap(news);
    expect(rooms.settled(room.id)).toBe(false);
    return (rooms.tick(1)[0]?.delta.data as readonly MapChange[] | undefined)?.map(({ layer, box: place }) => [layer, place]);
  };
  const news = [free, local, shut].map((one) => ({ layer: one, change }));

  test('of layers that the scope may read; where it sees a part of the rows, without the place', () => {
    expect(told({ adcode: '210000', departments: '*' }, news)).toEqual([
      ['free', box],
      ['local', box],
      ['shut', box],
    ]);
    expect(told({ adcode: '210100', departments: ['ecology'] }, news)).toEqual([
      ['free', box],
      ['local', null],
    ]);
    expect(told({ adcode: '210000', departments: ['ecology'] }, [{ layer: shut, change }])).toBeUndefined();
    expect(told({ adcode: '210000', departments: [] }, [{ layer: null, change }])).toEqual([[null, box]]);
  });
  test('two people with one scope are told apart: grants name people', () => {
    const rooms = roomsOf();
    const scope: Scope = { adcode: '210000', departments: '*' };
    const [a, b] = ['wang', 'zhao'].map((user) => rooms.enter('map', { ...person(scope), user }, null));
    rooms.noteMap([{ layer: { id: 'secret', seenBy: ({ user }) => (user === 'wang' ? 'all' : 'none') }, change }]);
    const deltas = rooms.tick(1);
    expect(deltas.map(({ room }) => room)).toEqual([a?.id]);
    expect(b?.id).not.toBe(a?.id);
  });
  test('more boxes than a page can look at are one anywhere', () => {
    const many = Array.from({ length: 300 }, (_, i) => ({ layer: free, change: { ...change, box: [i / 10, 41, i / 10 + 1, 42] as BBox } }));
    expect(told({ adcode: '210000', departments: '*' }, many)).toEqual([['free', null]]);
  });
});
