// WMTS requests: good ones, each fault with its code, locator and status, and random parameters.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { below, xmlTree } from '../../tests/xml-tree.ts';
import { exceptionReport, OwsFault } from './ows-fault.ts';
import { parseWmtsQuery } from './wmts-request.ts';

const good = {
  SERVICE: 'WMTS',
  REQUEST: 'GetTile',
  VERSION: '1.0.0',
  LAYER: 'cities',
  STYLE: 'default',
  FORMAT: 'application/vnd.mapbox-vector-tile',
  TILEMATRIXSET: 'c',
  TILEMATRIX: '7',
  TILEROW: '17',
  TILECOL: '107',
};
function without(...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(good).filter(([name]) => !names.includes(name)));
}

describe('07-057r7 §8.1 KVP', () => {
  it('GetTile; names in any case, unknown parameters are ignored', () => {
    const expected = { operation: 'GetTile', layer: 'cities', set: { id: 'c' }, tile: { grid: 'geographic', z: 7, x: 107, y: 17 } };
    expect(parseWmtsQuery(good)).toMatchObject(expected);
    const mixed = Object.fromEntries(Object.entries(good).map(([name, value], i) => [i % 2 ? name.toLowerCase() : name, value]));
    expect(parseWmtsQuery({ ...mixed, tk: 'key', time: ['a', 'b'] })).toMatchObject(expected);
  });
  it('GetCapabilities; version is not asked for; sections are chosen', () => {
    expect(parseWmtsQuery({ service: 'WMTS', request: 'GetCapabilities' })).toMatchObject({
      sections: ['ServiceIdentification', 'ServiceProvider', 'OperationsMetadata', 'Contents'],
    });
    expect(
      parseWmtsQuery({ service: 'WMTS', request: 'GetCapabilities', sections: 'Contents,Themes', acceptversions: '2.0.0,1.0.0' }),
    ).toMatchObject({
      sections: ['Contents'],
    });
  });

  const info = { ...good, REQUEST: 'GetFeatureInfo', J: '0', I: '255', INFOFORMAT: 'application/json' };
  it('GetFeatureInfo asks about a pixel of a tile', () => {
    expect(parseWmtsQuery(info)).toMatchObject({
      operation: 'GetFeatureInfo',
      layer: 'cities',
      j: 0,
      i: 255,
      infoFormat: 'application/json',
    });
    expect(parseWmtsQuery({ ...good, STYLE: 'flood' }, (layer, style) => layer === 'cities' && style === 'flood')).toMatchObject({
      layer: 'cities',
    });
  });
  const capabilities = { SERVICE: 'WMTS', REQUEST: 'GetCapabilities' };
  const faults: readonly (readonly [query: Record<string, unknown>, code: string, locator: string, status: number])[] = [
    ...(['SERVICE', 'REQUEST', 'VERSION', 'LAYER', 'STYLE', 'FORMAT', 'TILEMATRIXSET', 'TILEMATRIX', 'TILEROW', 'TILECOL'] as const).map(
      (name) => [without(name), 'MissingParameterValue', name, 400] as const,
    ),
    ...(['J', 'I', 'INFOFORMAT'] as const).map(
      (name) => [Object.fromEntries(Object.entries(info).filter(([key]) => key !== name)), 'MissingParameterValue', name, 400] as const,
    ),
    [{ ...info, J: '256' }, 'PointIJOutOfRange', 'J', 400],
    [{ ...info, I: '-1' }, 'PointIJOutOfRange', 'I', 400],
    [{ ...info, I: '9'.repeat(300) }, 'PointIJOutOfRange', 'I', 400],
    [{ ...info, I: '1.5' }, 'InvalidParameterValue', 'I', 400],
    [{ ...info, INFOFORMAT: 'image/png' }, 'InvalidParameterValue', 'INFOFORMAT', 400],
    [{ ...info, TILEROW: '64' }, 'TileOutOfRange', 'TILEROW', 400],
    [{ ...good, LAYER: '' }, 'MissingParameterValue', 'LAYER', 400],
    [{ ...good, SERVICE: 'WMS' }, 'InvalidParameterValue', 'SERVICE', 400],
    [{ ...good, VERSION: '1.3.0' }, 'InvalidParameterValue', 'VERSION', 400],
    [{ ...good, STYLE: 'night' }, 'InvalidParameterValue', 'STYLE', 400],
    [{ ...good, FORMAT: 'tiles' }, 'InvalidParameterValue', 'FORMAT', 400],
    [{ ...good, TILEMATRIXSET: 'x' }, 'InvalidParameterValue', 'TILEMATRIXSET', 400],
    [{ ...good, TILEMATRIXSET: '__proto__' }, 'InvalidParameterValue', 'TILEMATRIXSET', 400],
    [{ ...good, TILEMATRIX: '0' }, 'InvalidParameterValue', 'TILEMATRIX', 400],
    [{ ...good, TILEROW: 'a' }, 'InvalidParameterValue', 'TILEROW', 400],
    [{ ...good, TILEROW: '64' }, 'TileOutOfRange', 'TILEROW', 400],
    [{ ...good, TILECOL: '128' }, 'TileOutOfRange', 'TILECOL', 400],
    [{ ...good, TILECOL: '-1' }, 'TileOutOfRange', 'TILECOL', 400],
    [{ ...good, TILECOL: '9'.repeat(300) }, 'TileOutOfRange', 'TILECOL', 400],
    [{ ...good, LAYER: ['a', 'b'] }, 'InvalidParameterValue', 'LAYER', 400],
    [{ ...good, layer: 'b' }, 'InvalidParameterValue', 'LAYER', 400],
    [{ ...good, REQUEST: 'GetMap' }, 'OperationNotSupported', 'GetMap', 501],
    [{ ...capabilities, ACCEPTVERSIONS: '2.0.0' }, 'VersionNegotiationFailed', 'ACCEPTVERSIONS', 400],
    [{ ...capabilities, SECTIONS: 'Everything' }, 'InvalidParameterValue', 'SECTIONS', 400],
  ];
  it.each(faults)('%o → %s %s %i', (query, code, locator, status) => {
    let fault: unknown;
    try {
      parseWmtsQuery(query);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(OwsFault);
    const { exceptionCode, locator: told, status: http } = fault as OwsFault;
    expect([exceptionCode, told.toUpperCase(), http]).toEqual([code, locator.toUpperCase(), status]);
  });
  it('random parameters give a request or a Problem whose report is well-formed', () => {
    const name = fc.oneof(fc.constantFrom(...Object.keys(good), 'Sections', '__proto__'), fc.string());
    const value = fc.oneof(
      fc.constantFrom(...Object.values(good), 'GetCapabilities', '1', ''),
      fc.string({ unit: 'binary' }),
      fc.array(fc.string()),
    );
    let refused = 0;
    fc.assert(
      fc.property(fc.dictionary(name, value), fc.boolean(), (query, complete) => {
        try {
          parseWmtsQuery(complete ? { ...good, ...query } : query);
        } catch (error) {
          refused++;
          expect(error).toBeInstanceOf(Problem);
          const [exception] = below(xmlTree(exceptionReport(error as Problem)), 'ows:Exception');
          expect(exception?.attributes['exceptionCode']).toMatch(/^\w+$/);
        }
      }),
    );
    expect(refused).toBeGreaterThan(10);
  });
});

describe('06-121r3 §8 exception report', () => {
  it('escapes what the client sent, and holds code, locator and a Chinese text', () => {
    const report = exceptionReport(new OwsFault('InvalidParameterValue', 'Layer', { name: 'Layer', given: '<b>&"\u0000', allowed: 'x' }));
    const tree = xmlTree(report);
    expect([tree.name, tree.attributes['version']]).toEqual(['ows:ExceptionReport', '1.1.0']);
    expect(below(tree, 'ows:Exception')[0]?.attributes).toEqual({ exceptionCode: 'InvalidParameterValue', locator: 'Layer' });
    expect(below(tree, 'ows:Exception', 'ows:ExceptionText')[0]?.text).toBe('参数 Layer 不对：给的是 <b>&"\uFFFD，应为 x');
  });
  it('what the standard has no code for is NoApplicableCode without a locator', () => {
    const tree = xmlTree(exceptionReport(new Problem('forbidden', { what: 'x' })));
    expect(below(tree, 'ows:Exception')[0]?.attributes).toEqual({ exceptionCode: 'NoApplicableCode' });
  });
});
